"""The full text of an article as a feed carries it, with its lead picture in place.

The lead picture is named once per format (enclosure and media:content, or `image`).
Readers that ignore those show only the content, so the picture also stands at the top
of it: a figure with caption and credit, unless the body shows the picture already. The
address is the same in both places, by which readers tell that it is one picture.
"""

import re
from html import escape, unescape
from urllib.parse import unquote, urlsplit

from lxml import etree

from publisher.feeds.characters import clean_line
from publisher.model.article import Picture

__all__ = ["excerpt", "full_content"]

EXCERPT_LENGTH = 280

_IMAGE = re.compile(
    r"<(?:img|source)\b[^>]*?\bsrc(?:set)?\s*=\s*(?:\"([^\"]*)\"|'([^']*)')",
    re.IGNORECASE,
)
# WordPress writes scaled copies beside the original: photo-1024x683, photo-scaled.
_COPY = re.compile(r"(?:-\d+x\d+|-scaled)+(?=\.[a-z0-9]+$)", re.IGNORECASE)

_BLOCK = re.compile(
    r"(?=</?(?:p|br|li|h[1-6]|div|td|th|tr|blockquote)\b)", re.IGNORECASE
)
_TEXTS = etree.XPath(
    "//text()[not(ancestor::figure or ancestor::script or ancestor::style)]"
)


def full_content(body_html: str, gist: str, picture: Picture | None) -> str:
    """Return the content: lead picture unless the body has it, then the body.

    An article without a body shows its gist, a plain text.
    """
    body = body_html or f"<p>{escape(gist, quote=False)}</p>"
    if picture is None or _shows(body_html, picture.url):
        return body
    return _figure(picture) + body


def _shows(body_html: str, picture_url: str) -> bool:
    """Tell whether the body shows a picture, in any size and through any CDN."""
    wanted = _picture_path(picture_url)
    return any(
        _picture_path(unescape(double or single)).endswith(wanted)
        for double, single in _IMAGE.findall(body_html)
    )


def _picture_path(address: str) -> str:
    # Of a srcset, the first address.
    first = address.split(maxsplit=1)[0] if address.strip() else ""
    try:
        path = unquote(urlsplit(first).path)
    except ValueError:
        path = first
    return _COPY.sub("", path).casefold()


def _figure(picture: Picture) -> str:
    size = "".join(
        f' {name}="{pixels}"'
        for name, pixels in (("width", picture.width), ("height", picture.height))
        if pixels > 0
    )
    image = f'<img src="{escape(picture.url)}" alt="{escape(picture.alt)}"{size}>'
    said = [escape(picture.caption, quote=False)] if picture.caption else []
    if picture.credit:
        said.append(f"<small>{escape(picture.credit, quote=False)}</small>")
    caption = f"<figcaption>{' '.join(said)}</figcaption>" if said else ""
    return f"<figure>{image}{caption}</figure>\n"


def excerpt(body_html: str) -> str:
    """Return the beginning of a body as one line of plain text, without captions."""
    # The paragraph in front is there for bodies that hold nothing but a comment.
    tree = etree.HTML("<p>" + _BLOCK.sub(" ", body_html))
    text = clean_line("".join(map(str, _TEXTS(tree))))
    if len(text) <= EXCERPT_LENGTH:
        return text
    at_word, _, _ = text[:EXCERPT_LENGTH].rpartition(" ")
    return (at_word or text[: EXCERPT_LENGTH - 1]).rstrip(" ,;:–—-") + "…"
