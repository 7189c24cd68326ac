"""Which elements a clean article has, what becomes of the others, and the last word."""

from enum import Enum, auto
from functools import cache

import nh3

__all__ = ["DROPPED", "KINDS", "RENAMED", "Kind", "last_word"]


class Kind(Enum):
    """What an element is to the flow of a text."""

    INLINE = auto()
    """A run of words: emphasis, a link."""
    PARAGRAPH = auto()
    """Holds words only and may be split in two."""
    HEADING = auto()
    """Holds words only; a paragraph inside it is no paragraph."""
    CAPTION = auto()
    """Holds words only, whatever stands inside."""
    CONTAINER = auto()
    """Holds paragraphs and other containers."""
    WRAPPER = auto()
    """Has no meaning of its own, but parts what is before it from what is after it."""


DROPPED = frozenset(
    (
        "applet",
        "area",
        "base",
        "basefont",
        "button",
        "canvas",
        "datalist",
        "dialog",
        "form",
        "frame",
        "frameset",
        "head",
        "input",
        "keygen",
        "link",
        "map",
        "math",
        "menuitem",
        "meta",
        "noembed",
        "noframes",
        "optgroup",
        "option",
        "output",
        "param",
        "progress",
        "script",
        "select",
        "slot",
        "style",
        "svg",
        "template",
        "textarea",
        "title",
        "xml",
    )
)
"""Elements that go with everything inside."""

RENAMED = {
    "acronym": "abbr",
    "amp-img": "img",
    "dir": "ul",
    "h1": "h2",
    "image": "img",
    "listing": "pre",
    "menu": "ul",
    "plaintext": "pre",
    "strike": "s",
    "tt": "code",
    "xmp": "pre",
}
"""Older or unsuitable names and what we write instead."""

_NAMES = {
    Kind.INLINE: (
        "a abbr b bdi bdo cite code del dfn em i ins kbd mark q rb rp rt ruby s samp"
        " small span strong sub sup time u var"
    ),
    Kind.PARAGRAPH: "p pre",
    Kind.HEADING: "h2 h3 h4 h5 h6",
    Kind.CAPTION: "caption dt figcaption summary",
    Kind.CONTAINER: (
        "blockquote dd details div dl figure li ol table tbody td tfoot th thead tr ul"
    ),
    Kind.WRAPPER: (
        "address article aside body center fieldset footer header hgroup html legend"
        " main nav optgroup search section"
    ),
}
KINDS = {name: kind for kind, names in _NAMES.items() for name in names.split()}
"""The kind of every element that is not dropped; elements not named are unwrapped."""

_ATTRIBUTES = {
    "*": {"dir", "lang"},
    "a": {"href", "hreflang"},
    "abbr": {"title"},
    "details": {"open"},
    "dfn": {"title"},
    "img": {"alt", "height", "src", "width"},
    "li": {"value"},
    "ol": {"reversed", "start", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
}


@cache
def _sanitiser() -> nh3.Cleaner:
    kept = {name for name, kind in KINDS.items() if kind is not Kind.WRAPPER}
    return nh3.Cleaner(
        tags=kept | {"br", "hr", "img"},
        clean_content_tags={"script", "style", "title", "textarea", "noscript", "svg"},
        attributes=_ATTRIBUTES,
        link_rel=None,
        url_schemes={"http", "https", "mailto", "tel"},
        url_relative="deny",
    )


def last_word(html: str) -> str:
    """Return what the allow-list leaves of a text, parsed as browsers parse it."""
    return _sanitiser().clean(html).strip()
