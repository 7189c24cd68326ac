"""Programs of others judge our messages: validators, and lists of what people lack.

They are not part of the project. Name a folder with their node_modules in JUDGES:
`npm install --ignore-scripts vnu-jar html-validate caniemail axe-core`; Nu needs Java,
axe Chromium. What is accepted stands in docs/reference/mail-rules.md with its reasons.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import sync_playwright

from tests.rendering.judging.messages import write_messages

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent / "judging"
ACCEPTED_ATTRIBUTES = (
    "(width|cellspacing|cellpadding|bgcolor)” attribute on the “table”"
    "|(align|bgcolor)” attribute on the “td”"
    "|align” attribute on the “img”"
)
ACCEPTED_LACKS = {
    "@media",
    "<style> element",
    "<body> element",
    "display:none",
    "role attribute",
    "text-decoration",
    "word-break",
}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
GUIDELINES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
ASK_AXE = "(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})"


def needed(program: str) -> str:
    """Return where a program is, or skip."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


@pytest.fixture(scope="module")
def judges() -> Path:
    """Return the folder with the programs' node_modules."""
    folder = os.environ.get("JUDGES", "")
    if not folder:
        pytest.skip("JUDGES names no folder with node_modules of the judges")
    return Path(folder)


def asked(command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def module(judges: Path, name: str) -> Path:
    path = judges / "node_modules" / name
    if not path.exists():
        pytest.skip(f"{path} is not there: npm install {name.partition('/')[0]}")
    return path


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_messages(tmp_path_factory.mktemp("messages"))


def test_nu_finds_only_attributes_that_outlook_needs(
    judges: Path, messages: list[Path]
) -> None:
    jar = module(judges, "vnu-jar/build/dist/vnu.jar")
    command: list[str | Path] = [
        needed("java"),
        "-Xss8m",
        "-jar",
        jar,
        "--format",
        "gnu",
        *messages,
    ]

    told = asked(command)

    found = [line for line in told.stderr.splitlines() if line.startswith('"file:')]
    # Some are there to be accepted: so the validator has read the messages.
    assert found
    assert [f for f in found if not re.search(ACCEPTED_ATTRIBUTES, f)] == []


def test_html_validate_finds_nothing_beyond_the_idioms_of_mail(
    judges: Path, messages: list[Path]
) -> None:
    program = module(judges, "html-validate/bin/html-validate.mjs")
    config = HERE / "html-validate.json"
    command: list[str | Path] = [
        needed("node"),
        program,
        "--config",
        config,
        "--formatter",
        "json",
    ]

    told = asked([*command, *messages])

    assert told.stderr == ""
    results = json.loads(told.stdout)
    assert [m["ruleId"] for r in results for m in r["messages"]] == []


def test_mail_programs_lack_only_what_messages_can_do_without(
    judges: Path, messages: list[Path]
) -> None:
    module(judges, "caniemail")
    command: list[str | Path] = [
        needed("node"),
        HERE / "caniemail.mjs",
        judges,
        *messages,
    ]

    told = asked(command)

    assert told.returncode == 0, told.stderr
    assert set(json.loads(told.stdout)) == ACCEPTED_LACKS


def violations(axe: str, chromium: str, messages: list[Path]) -> Iterator[str]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        for scheme in SCHEMES:
            context = browser.new_context(color_scheme=scheme)
            page = context.new_page()
            page.route("http*://**", lambda route: route.abort())
            for file in messages:
                page.goto(file.as_uri())
                page.evaluate(axe)
                result = page.evaluate(ASK_AXE, GUIDELINES)
                assert result["passes"], file.name
                for violation in result["violations"]:
                    yield f"{file.name} {scheme}: {violation['id']}"
        browser.close()


@pytest.mark.browser
def test_axe_finds_nothing_in_the_light_or_in_the_dark(
    judges: Path, messages: list[Path]
) -> None:
    axe = module(judges, "axe-core/axe.min.js").read_text("utf-8")

    assert list(violations(axe, needed("chromium"), messages)) == []
