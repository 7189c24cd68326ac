"""Templates are sandboxed, overridable, and their failures name file, line and cure."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import publisher
from publisher.errors import TemplateError
from publisher.rendering.digest import render_digest
from publisher.rendering.templates import Renderer, shipped_templates
from tests.rendering.newspaper import ALMATY, Newspaper

PACKAGE = Path(publisher.__file__).parent


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def page(folder: Path, text: str, name: str = "web/page.html", **values: object) -> str:
    write(folder, name, text)
    return Renderer(folder).page(name, "ru", **values)


def test_html_is_escaped_and_plain_text_is_not(tmp_path: Path) -> None:
    assert page(tmp_path, "{{ a }}", a="<b>&") == "&lt;b&gt;&amp;"
    assert page(tmp_path, "{{ a }}", "web/page.xml", a="<b>&") == "&lt;b&gt;&amp;"
    assert page(tmp_path, "{{ a }}", "web/page.txt", a="<b>&") == "<b>&"


def test_an_undefined_name_is_an_error_with_file_line_and_the_nearest_name(
    tmp_path: Path,
) -> None:
    with pytest.raises(TemplateError) as raised:
        page(tmp_path, "<p>\n{{ titel }}\n", title="x")

    assert str(raised.value) == (
        f"{tmp_path}/web/page.html:2: 'titel' is undefined (did you mean \"title\"?)"
    )


def test_an_undefined_name_unlike_any_other_is_answered_with_what_is_given(
    tmp_path: Path,
) -> None:
    with pytest.raises(TemplateError, match="the template is given article, language"):
        page(tmp_path, "{{ zzz }}", article="x")


def test_a_missing_attribute_is_named_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"page\.html:3: .*no attribute 'headline'"):
        page(tmp_path, "\n\n{{ article.headline }}", article="x")


def test_the_innermost_template_is_blamed(tmp_path: Path) -> None:
    inner = write(tmp_path, "web/inner.html", "\n{{ nothing }}")

    with pytest.raises(TemplateError, match=f"^{inner}:2: 'nothing' is undefined"):
        page(tmp_path, "\n\n\n{% include 'web/inner.html' %}")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("\n{% if %}", r"page\.html:2: Expected an expression"),
        ("\n\n{{ 1 / 0 }}", r"page\.html:3: ZeroDivisionError"),
        ("\n{{ 'x' | nofilter }}", r"page\.html:2: No filter named 'nofilter'"),
        ("{{ article.published_at|time }}", r"page\.html:1: .*article"),
        (
            "{% extends 'web/none.html' %}",
            r"page\.html:1: there is no template web/none",
        ),
    ],
)
def test_whatever_a_template_does_wrong_is_a_template_error(
    tmp_path: Path, text: str, complaint: str
) -> None:
    with pytest.raises(TemplateError, match=complaint):
        page(tmp_path, text)


def test_a_template_that_is_not_there_is_named_with_where_it_was_looked_for() -> None:
    with pytest.raises(TemplateError) as raised:
        Renderer().page("web/none.html", "ru")

    assert str(raised.value) == (
        f"there is no template web/none.html (looked in {shipped_templates()})"
    )


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="no such folder"):
        Renderer(tmp_path / "none")


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ language.gettext.__globals__ }}",
        "{{ language._files }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ '%s'|format(language)|attr('__class__') }}",
        "{{ names.append('x') }}",
        "{{ '{0.__class__}'.format(language) }}",
        "{{ range(10000000)|list }}",
        "{{ lipsum() }}",
        "{{ [1, 2, 3]|random }}",
        "{% include '../../etc/passwd' %}",
    ],
)
def test_a_template_reaches_nothing_but_what_it_is_given(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(TemplateError):
        page(tmp_path, text, names=["a"])


def test_a_newsroom_replaces_a_single_file(tmp_path: Path) -> None:
    newspaper = Newspaper("ru")
    write(
        tmp_path, "email/digest/subject.txt", "{{ site.title }}:\n {{ digest.title }}"
    )

    ours = render_digest(
        Renderer(tmp_path), newspaper.content(3), site=newspaper.site(), zone=ALMATY
    )
    shipped = render_digest(
        Renderer(), newspaper.content(3), site=newspaper.site(), zone=ALMATY
    )

    assert ours.subject == "Вестник Сарыозена: Утренний выпуск"
    assert (ours.text, ours.html) == (shipped.text, shipped.html)


def test_a_replacement_may_extend_the_file_it_replaces(tmp_path: Path) -> None:
    newspaper = Newspaper("ru")
    write(
        tmp_path,
        "email/digest/body.txt",
        "{% extends 'shipped/email/digest/body.txt' %}"
        "{% block footer %}До завтра!\n{{ super() }}{% endblock %}",
    )

    message = render_digest(
        Renderer(tmp_path), newspaper.content(1), site=newspaper.site(), zone=ALMATY
    )

    assert "\nДо завтра!\nВы получаете это письмо" in message.text


def test_the_stronger_of_two_folders_wins(tmp_path: Path) -> None:
    write(tmp_path / "one", "web/page.html", "one")
    write(tmp_path / "two", "web/page.html", "two")

    assert (
        Renderer(tmp_path / "one", tmp_path / "two").page("web/page.html", "ru")
        == "one"
    )


def test_a_message_is_a_subject_of_one_line_a_tidy_text_and_inlined_html(
    tmp_path: Path,
) -> None:
    write(tmp_path, "email/greeting/subject.txt", "\n  Сәлем,\n  {{ name }}\n")
    write(tmp_path, "email/greeting/body.txt", "\n\nСәлем!  \n\n\n\n\n\n{{ name }}\n\n")
    write(
        tmp_path,
        "email/greeting/body.html",
        "<style>p { color: #111 }</style><p>{{ name }}</p>",
    )

    message = Renderer(tmp_path).message("greeting", "kk", name="A\nBcc: b & c")

    assert message.subject == "Сәлем, A Bcc: b & c"
    assert message.text == "Сәлем!\n\n\nA\nBcc: b & c\n"
    assert '<p style="color:#111">A\nBcc: b &amp; c</p>' in message.html


def test_every_message_has_its_three_files() -> None:
    folders = [
        f for f in (shipped_templates() / "email").iterdir() if f.name != "_base"
    ]

    assert folders
    for folder in folders:
        names = {file.name for file in folder.iterdir()}
        assert {"subject.txt", "body.txt", "body.html"} <= names, folder


def test_a_new_message_needs_only_what_the_parents_are_given(tmp_path: Path) -> None:
    newspaper = Newspaper("kk")
    write(tmp_path, "email/note/subject.txt", "{{ site.title }}")
    write(
        tmp_path,
        "email/note/body.txt",
        "{% extends 'email/_base/body.txt' %}{% block content %}Сәлем!{% endblock %}",
    )
    write(
        tmp_path,
        "email/note/body.html",
        "{% extends 'email/_base/body.html' %}"
        "{% block rows %}<tr><td class='pad'><h1>Сәлем!</h1></td></tr>{% endblock %}",
    )

    message = Renderer(tmp_path).message(
        "note",
        "kk",
        site=newspaper.site(),
        look={"accent": "#00afca", "logo_url": "", "logo_height": 48},
    )

    assert message.text.startswith("САРЫӨЗЕН ХАБАРШЫСЫ\n")
    assert '<html lang="kk" dir="ltr">' in message.html
    assert ">Сәлем!</h1>" in message.html


def test_templates_are_found_beside_the_package_and_in_a_wheel_inside_it(
    tmp_path: Path,
) -> None:
    package = tmp_path / "publisher"
    (tmp_path / "templates").mkdir()
    package.mkdir()

    assert shipped_templates(package) == tmp_path / "templates"

    (package / "_templates").mkdir()

    assert shipped_templates(package) == package / "_templates"


def test_an_installation_without_templates_says_so(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="install the package anew"):
        shipped_templates(tmp_path / "publisher")


RENDER_ELSEWHERE = """
from datetime import date
from zoneinfo import ZoneInfo
from publisher.model.content import DigestContent
from publisher.rendering.digest import Site, render_digest
from publisher.rendering.templates import Renderer

content = DigestContent(
    digest_key="d", title="Таңғы", language="kk", dated=date(2025, 4, 28), sections=()
)
site = Site(title="Газет", url="https://gazet.example/")
message = render_digest(Renderer(), content, site=site, zone=ZoneInfo("Asia/Almaty"))
print(message.subject, "Дүйсенбі, 28 сәуір, 2025" in message.html)
"""


def test_an_installed_package_renders_from_anywhere(tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(
        PACKAGE, site / "publisher", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(shipped_templates(), site / "publisher" / "_templates")

    ended = subprocess.run(
        [sys.executable, "-B", "-c", RENDER_ELSEWHERE],
        cwd=tmp_path,
        env={"PYTHONPATH": str(site), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.stdout, ended.stderr) == ("Таңғы True\n", "")
