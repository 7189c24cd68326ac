"""An editor copies a template, changes it, and is told what does not work."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from publisher.cli.commands import app
from publisher.config import load_config
from publisher.errors import PublisherError
from publisher.service.own_templates import make_renderer

CONFIG = """
[site]
languages = ["ru", "kk", "en"]
[templates]
folder = "own"
[[digest]]
key = "morning"
[logging]
level = "error"
"""
BODY = "email/digest/body.html"

WITHOUT_LINKS = """\
{% extends "shipped/email/digest/body.html" %}
{% block top %}{% endblock %}
{% block footer %}{% endblock %}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "own").mkdir()
    file = tmp_path / "config.toml"
    file.write_text(CONFIG, encoding="utf-8")
    return file


def asked(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--config", str(config), *words])


def body(config: Path) -> Path:
    return config.parent / "own" / BODY


def test_a_copied_template_is_ours_byte_for_byte_and_then_yours(config: Path) -> None:
    assert asked(config, "templates", "copy", BODY).exit_code == 0

    rows = json.loads(asked(config, "--json", "templates", "list").stdout)
    sources = {row["template"]: row["from"] for row in rows}
    assert sources[BODY] == "yours"
    assert sources["email/digest/body.txt"] == "ours"
    shipped = next(r["file"] for r in rows if r["template"] == "email/digest/body.txt")
    assert (
        body(config).read_bytes() == Path(shipped).with_name("body.html").read_bytes()
    )


def test_a_folder_is_copied_whole(config: Path) -> None:
    asked(config, "templates", "copy", "email/digest")

    assert {path.name for path in body(config).parent.iterdir()} >= {
        "body.html",
        "body.txt",
        "subject.txt",
    }


def test_a_changed_template_is_never_overwritten(config: Path) -> None:
    asked(config, "templates", "copy", BODY)
    body(config).write_text("mine")

    refused = asked(config, "templates", "copy", BODY)

    assert isinstance(refused.exception, PublisherError)
    assert "is there already" in str(refused.exception)
    assert body(config).read_text() == "mine"


def test_a_template_that_does_not_exist_is_named(config: Path) -> None:
    refused = asked(config, "templates", "copy", "email/none.html")

    assert "there is no template email/none.html" in str(refused.exception)


def test_without_a_folder_there_is_nowhere_to_copy_to(config: Path) -> None:
    config.write_text('[logging]\nlevel = "error"\n')

    refused = asked(config, "templates", "copy", BODY)

    assert "templates.folder is empty" in str(refused.exception)


def test_all_of_ours_work(config: Path) -> None:
    checked = asked(config, "templates", "check")

    assert checked.exit_code == 0
    assert "Every template works in ru, kk, en." in checked.output


@pytest.mark.parametrize("kind", ["confirm", "export"])
def test_a_letter_that_does_not_work_is_told_with_its_place(
    config: Path, kind: str
) -> None:
    assert asked(config, "templates", "copy", f"email/{kind}").exit_code == 0
    own = config.parent / "own" / "email" / kind / "body.txt"
    own.write_text(
        f'{{% extends "shipped/email/{kind}/body.txt" %}}\n'
        "{% block said %}{{ adress }}{% endblock %}"
    )

    checked = asked(config, "templates", "check")

    assert checked.exit_code == 1
    said = checked.output.replace("\n", "")
    assert f"{kind}/body.txt:2: 'adress' is undefined (did you mean \"address" in said


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{% if %}", ":1: Expected an expression"),
        ("<p>\n{{ digset.title }}</p>", ":2: 'digset' is undefined"),
        ("<p>{{ digest.title }}</p>", 'body.html lacks {{ cut("count") }}'),
        (WITHOUT_LINKS, "leave_url"),
    ],
)
def test_what_does_not_work_is_told_with_its_place(
    config: Path, text: str, reason: str
) -> None:
    body(config).parent.mkdir(parents=True)
    body(config).write_text(text)

    checked = asked(config, "--json", "templates", "check")

    assert checked.exit_code == 1
    [told] = json.loads(checked.stdout)
    assert not told["is_good"]
    assert reason in told["reason"]


@pytest.mark.slow
def test_the_service_takes_what_works_while_it_runs(config: Path) -> None:
    settings = load_config(config)
    renderer, own = make_renderer(settings, config.parent, settles=True)
    assert own is not None
    body(config).parent.mkdir(parents=True)
    body(config).with_name("subject.txt").write_text("{{ digest.title }}!")

    own.refresh()

    assert (
        renderer.page("email/digest/subject.txt", "ru", digest={"title": "A"}) == "A!"
    )
    body(config).with_name("subject.txt").write_text("{{ nothing }}")
    own.refresh()
    assert (
        renderer.page("email/digest/subject.txt", "ru", digest={"title": "B"}) == "B!"
    )


def test_a_question_takes_nothing_new(config: Path) -> None:
    make_renderer(load_config(config), config.parent, settles=False)

    assert not (config.parent / "var").exists()
