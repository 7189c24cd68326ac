"""Styles are inlined without a network, and the media rules stay."""

import pytest

from publisher.errors import TemplateError
from publisher.rendering.slots import slot
from publisher.rendering.styles import StyleInliner

PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>t</title>
<style>p { color: red } @media (max-width: 9px) { p { color: blue !important } }</style>
</head><body><!--[if mso]><p>word</p><![endif]--><p>%s</p></body></html>"""


def test_rules_are_inlined_and_media_rules_come_last_in_the_head() -> None:
    page = StyleInliner().inline(PAGE % "x")

    assert '<p style="color:red">x</p>' in page
    head = page[: page.index("</head>")]
    assert head.index("<meta") < head.index("<title") < head.index("@media")
    assert "<!--[if mso]><p>word</p><![endif]-->" in page


def test_a_page_without_media_rules_has_no_style_left() -> None:
    page = StyleInliner().inline("<style>p{color:red}</style><p>x")

    assert "<style" not in page
    assert '<p style="color:red">' in page


def test_slots_and_references_come_through() -> None:
    link = f'<a href="{slot("leave_url")}" title="a &amp; &quot;b&quot;">&lt;x&gt;</a>'

    assert link in StyleInliner().inline(PAGE % link)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/a.css", "a.css", "/etc/passwd"]
)
def test_a_style_sheet_elsewhere_is_not_fetched(address: str) -> None:
    page = f'<head><link rel="stylesheet" href="{address}"></head><p>x</p>'

    assert "<p>x</p>" in StyleInliner().inline(page)


def test_a_page_seen_before_is_the_same_object_until_others_push_it_out() -> None:
    inliner = StyleInliner(kept=2)
    first = inliner.inline(PAGE % 1)
    inliner.inline(PAGE % 2)

    assert inliner.inline(PAGE % 1) is first

    inliner.inline(PAGE % 3)
    inliner.inline(PAGE % 4)
    again = inliner.inline(PAGE % 1)
    assert again == first
    assert again is not first


def test_a_style_that_cannot_be_inlined_is_a_template_error() -> None:
    with pytest.raises(TemplateError, match="cannot be inlined"):
        StyleInliner().inline("<style>p { color: red </style><p style='}{'>x")
