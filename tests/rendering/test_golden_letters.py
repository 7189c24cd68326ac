"""Letters are the same to the byte until somebody means to change them.

`REWRITE_GOLDEN=1 pytest tests/rendering -k golden` (or `make golden`) rewrites them.
"""

import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from lxml import html

from publisher.errors import TemplateError
from publisher.model.letter import LETTERS, links_of
from publisher.model.token import TokenKeys
from publisher.rendering.letter_samples import SAMPLE_ADDRESS, sample_facts
from publisher.rendering.letterhead import Look
from publisher.rendering.letters import LetterDraft, render_letter
from publisher.rendering.templates import RenderedMessage, Renderer
from tests.rendering.newspaper import Newspaper

GOLDEN = Path(__file__).parent / "golden"
REWRITE = ("PUBLISHER_GOLDEN", "REWRITE_GOLDEN")
KEYS = TokenKeys({1: b"not a secret at all"}, 1)
BASE_URL = "https://news.vestnik.example"
LANGUAGES = ("ru", "kk", "en")

ours = cache(Renderer)


def rendered(kind: str, language: str, **changes: object) -> RenderedMessage:
    facts = {**sample_facts(language)[kind], **changes}
    return printed(kind, language, facts)


def printed(kind: str, language: str, facts: Mapping[str, object]) -> RenderedMessage:
    draft = LetterDraft(
        kind=kind,
        language=language,
        facts=facts,
        links=links_of(kind, facts, KEYS, BASE_URL),
        address=SAMPLE_ADDRESS,
    )
    look = Look(logo_url="https://vestnik.example/logo.png")
    return render_letter(ours(), draft, site=Newspaper(language).site(), look=look)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", LETTERS)
def test_a_letter_equals_its_golden_message(kind: str, language: str) -> None:
    message = rendered(kind, language)

    check(f"letter-{kind}-{language}.subject.txt", message.subject + "\n")
    check(f"letter-{kind}-{language}.body.txt", message.text)
    check(f"letter-{kind}-{language}.body.html", message.html)


def check(name: str, made: str) -> None:
    """Compare with a golden file, byte for byte, or write it."""
    file = GOLDEN / name
    if any(os.environ.get(variable) for variable in REWRITE):
        file.write_bytes(made.encode())
    assert file.read_bytes() == made.encode(), f"{name} has changed"


@pytest.mark.parametrize("kind", LETTERS)
def test_both_bodies_have_every_link_and_say_whose_address_it_is(kind: str) -> None:
    facts = sample_facts("ru")[kind]

    message = rendered(kind, "ru")

    for url in links_of(kind, facts, KEYS, BASE_URL).values():
        assert f'href="{url}"' in message.html
        assert f"\n{url}\n" in message.text
    assert SAMPLE_ADDRESS in message.html
    assert SAMPLE_ADDRESS in message.text


@pytest.mark.parametrize("kind", LETTERS)
def test_a_letter_has_one_button_no_picture_and_the_postal_address(kind: str) -> None:
    message = rendered(kind, "ru")

    assert len(re.findall('class="button"', message.html)) == 1
    assert "<img" not in message.html
    assert Newspaper("ru").site().postal_address in message.html
    assert Newspaper("ru").site().postal_address in message.text.replace("\n", " ")


@pytest.mark.parametrize("kind", LETTERS)
def test_a_button_has_a_padded_cell_in_outlook_which_pads_no_link(kind: str) -> None:
    # caniemail on `padding`: Outlook 2007 to 2019, "only supported on table cells".
    page = rendered(kind, "ru").html

    outlook = re.sub(r"<!--\[if mso\]>(.*?)<!\[endif\]-->", r"\1", page)
    (cell,) = html.document_fromstring(outlook).xpath(
        "//td[@class='button']/table//td[a]"
    )
    assert "padding:13px 26px" in cell.get("style")
    # Everybody else has the padding within the link, so that all of it can be pressed.
    (link,) = html.document_fromstring(page).xpath("//td[@class='button']/a")
    assert "padding:13px 26px" in link.get("style")


def test_what_stands_in_facts_cannot_imitate_the_letter() -> None:
    message = rendered(
        "goodbye", "ru", title="Утро</h1>\r\nBcc: all\ue000leave_url\ue001"
    )

    assert "<h1>" not in message.subject
    assert "\n" not in message.subject
    assert "Утро&lt;/h1&gt;" in message.html
    assert "\ue000" not in message.html + message.text


def test_a_fact_that_is_missing_is_an_error_and_no_empty_place() -> None:
    with pytest.raises(TemplateError, match="expires_on"):
        printed("confirm", "ru", {"joining": 1, "digests": []})


def test_a_date_that_is_none_is_refused() -> None:
    with pytest.raises(TemplateError, match="expires_on is no date"):
        rendered("confirm", "ru", expires_on="soon")


def test_a_kind_that_is_not_there_is_refused() -> None:
    with pytest.raises(TemplateError, match="there are confirm, welcome"):
        links_of("conform", {}, KEYS, BASE_URL)


def test_a_link_needs_the_number_it_is_about() -> None:
    with pytest.raises(TemplateError):
        links_of("confirm", {}, KEYS, BASE_URL)
    with pytest.raises(TemplateError):
        links_of("confirm", {"joining": "1"}, KEYS, BASE_URL)
