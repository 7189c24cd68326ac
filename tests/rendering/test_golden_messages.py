"""A digest is the same to the byte until somebody means to change it.

`make golden` rewrites them.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.rendering.digest import render_digest
from tests.rendering.newspaper import ALMATY, Newspaper
from tests.shipped import shipped_renderer

GOLDEN = Path(__file__).parent / "golden"
REWRITE = "REWRITE_GOLDEN"


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
@pytest.mark.parametrize("count", [1, 3, 10])
def test_a_digest_equals_its_golden_message(language: str, count: int) -> None:
    newspaper = Newspaper(language)
    content = newspaper.content(count, more=5 if count == 10 else 0)

    message = render_digest(
        shipped_renderer(), content, site=newspaper.site(), zone=ALMATY
    )

    check(f"digest-{language}-{count:02}.subject.txt", message.subject + "\n")
    check(f"digest-{language}-{count:02}.body.txt", message.text)
    check(f"digest-{language}-{count:02}.body.html", message.html)


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
@pytest.mark.parametrize("count", [1, 3])
def test_an_article_at_once_equals_its_golden_message(
    language: str, count: int
) -> None:
    newspaper = Newspaper(language)
    content = replace(newspaper.content(count), is_instant=True, latest=())

    message = render_digest(
        shipped_renderer(), content, site=newspaper.site(), zone=ALMATY
    )

    check(f"instant-{language}-{count:02}.subject.txt", message.subject + "\n")
    check(f"instant-{language}-{count:02}.body.txt", message.text)
    check(f"instant-{language}-{count:02}.body.html", message.html)


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_a_compact_digest_equals_its_golden_message(language: str) -> None:
    newspaper = Newspaper(language)
    content = replace(newspaper.content(3), is_compact=True)

    message = render_digest(
        shipped_renderer(), content, site=newspaper.site(), zone=ALMATY
    )

    check(f"compact-{language}.body.txt", message.text)
    check(f"compact-{language}.body.html", message.html)


def check(name: str, rendered: str) -> None:
    """Compare with a golden file, byte for byte, or write it."""
    file = GOLDEN / name
    if os.environ.get(REWRITE):
        file.write_bytes(rendered.encode())
    assert file.read_bytes() == rendered.encode(), f"{name} has changed"
