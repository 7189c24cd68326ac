"""Find the picture that an img element is meant to show, and tell it from a tracker."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.etree import _Element

from publisher.rendering.cleaning.addresses import web_link

__all__ = ["ShownPicture", "find_picture", "whole_number"]

MAX_WIDTH = 1600
"""Among the sizes a page offers, the widest up to this many pixels is taken."""

MAX_DENSITY = 2

_LAZY_SETS = ("data-srcset", "data-lazy-srcset", "data-original-set")
_LAZY = (
    "data-src",
    "data-lazy-src",
    "data-lazy",
    "data-original",
    "data-img-url",
    "data-cfsrc",
    "data-ezsrc",
    "data-echo",
    "data-hi-res-src",
    "data-wpfc-original-src",
    "nitro-lazy-src",
    "data-orig-file",
    "data-large-file",
)
# The whole name of a file: "pixel.gif" stands in for a picture, "pixel-art.png" is one.
_STAND_IN = re.compile(
    r"/(?:blank|clear|empty|gr[ae]y|lazy(?:[_-]?load)?|load(?:er|ing)|pixel"
    r"|placeholder|spacer|trans(?:parent)?|1x1)(?:[_-]?[0-9x]+)?\.(?:gif|png|svg)$",
    re.IGNORECASE,
)
_CANDIDATE = re.compile(r"[\s,]*(\S*[^\s,])(?:\s+([0-9.]+)([wx])[^,]*)?")
_NUMBER = re.compile(r"\s*([0-9]{1,5})(?:\.[0-9]+)?\s*(?:px)?\s*", re.ASCII)
_TINY_OR_HIDDEN = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden"
    r"|(?:width|height)\s*:\s*[01]px)",
    re.IGNORECASE,
)

# Counters and pixels by host and, after the slash, the beginning of the path.
_TRACKERS = (
    "ad.doubleclick.net/",
    "an.yandex.ru/",
    "b.scorecardresearch.com/",
    "bs.yandex.ru/",
    "c.bigmir.net/",
    "c.zero.kz/",
    "counter.rambler.ru/",
    "counter.yadro.ru/",
    "facebook.com/tr",
    "feeds.feedburner.com/~",
    "google-analytics.com/",
    "googleads.g.doubleclick.net/",
    "mc.webvisor.org/",
    "mc.yandex.ru/",
    "pixel.facebook.com/",
    "pixel.quantserve.com/",
    "pixel.wp.com/",
    "stats.wordpress.com/",
    "stats.wp.com/",
    "tns-counter.ru/",
    "top-fwz1.mail.ru/",
    "top.mail.ru/",
    "vk.com/rtrg",
)
TRACKER = "tracking picture removed"


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture of a body: absolute address; sizes in pixels, 0 when not given."""

    url: str
    alt: str
    width: int
    height: int


def find_picture(image: _Element, base_url: str) -> ShownPicture | str:
    """Return the picture of an `img` element, or the reason why it shows none."""
    attributes = image.attrib
    width = whole_number(attributes.get("width"))
    height = whole_number(attributes.get("height"))
    if 0 in {width, height} or {width, height} & {1, 2}:
        return TRACKER
    if _TINY_OR_HIDDEN.search(attributes.get("style", "")):
        return TRACKER
    url = next(_addresses(image, width or 0, base_url), None)
    if url is None:
        return "picture without a usable address removed"
    if _is_tracker(url):
        return TRACKER
    alt = " ".join(attributes.get("alt", "").split())
    return ShownPicture(url, alt, width or 0, height or 0)


def whole_number(text: str | None) -> int | None:
    """Return a size in pixels as HTML writes it, or None when it is no such number."""
    found = _NUMBER.fullmatch(text) if text else None
    return int(found[1]) if found else None


def _addresses(image: _Element, width: int, base_url: str) -> Iterator[str]:
    """Yield what may be shown, best first: what a script would load, then the rest."""
    own: Mapping[str, str] = {str(k): str(v) for k, v in image.attrib.items()}
    written = [_widest(own.get(name, ""), width) for name in _LAZY_SETS]
    written += [own.get(name, "") for name in _LAZY]
    written += [_widest(own.get("srcset", ""), width), own.get("src", "")]
    parent = image.getparent()
    if parent is not None and parent.tag in {"picture", "source"}:
        written += _from_sources(parent, width)
    for address in written:
        if address and not address.startswith("data:"):
            url = web_link(address, base_url)
            if url is not None and not _STAND_IN.search(urlsplit(url).path):
                yield url


def _from_sources(parent: _Element, width: int) -> list[str]:
    """Return what a picture element offers, formats that every program shows first."""
    sources = [*parent.iter("source"), *parent.iterancestors("source")]
    sources.sort(key=lambda s: s.get("type", "") not in {"", "image/jpeg", "image/png"})
    sets = (s.get("srcset") or s.get("data-srcset") or "" for s in sources)
    return [_widest(str(candidates), width) for candidates in sets]


def _widest(candidates: str, shown_width: int) -> str:
    """Return the widest address of a srcset up to MAX_WIDTH, or "" (HTML, "srcset").

    Candidates narrower than the picture is shown do not count: its `src` is better.
    """
    if not candidates or candidates.startswith("data:"):
        return ""
    widths: list[tuple[float, str]] = []
    densities: list[tuple[float, str]] = []
    for address, number, unit in _CANDIDATE.findall(candidates):
        if not address.startswith("data:"):
            sizes = widths if unit == "w" else densities
            sizes.append((_amount(number), address))
    if widths:
        fitting = [found for found in widths if found[0] <= MAX_WIDTH]
        width, address = max(fitting, default=min(widths), key=lambda found: found[0])
        return address if width >= min(shown_width, MAX_WIDTH) else ""
    fitting = [found for found in densities if found[0] <= MAX_DENSITY]
    return max(fitting, key=lambda found: found[0], default=(0, ""))[1]


def _amount(number: str) -> float:
    try:
        return float(number or 1)
    except ValueError:
        return 0.0


def _is_tracker(url: str) -> bool:
    place = url.partition("://")[2].removeprefix("www.")
    return place.startswith(_TRACKERS)
