"""Put pictures, and links in the place of players, into the flow of a text."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from lxml.etree import _Element

from publisher.model.article import Picture
from publisher.rendering.cleaning.attributes import written
from publisher.rendering.cleaning.characters import legal
from publisher.rendering.cleaning.embeds import Embed
from publisher.rendering.cleaning.flow import Flow
from publisher.rendering.cleaning.pictures import find_picture

__all__ = ["Showing"]

_SIGN = re.compile(r"\b(?:emoji|wp-smiley)\b")
_MEDIA_TYPES = {
    "avif": "image/avif",
    "gif": "image/gif",
    "png": "image/png",
    "svg": "image/svg+xml",
    "webp": "image/webp",
}


@dataclass(slots=True)
class Showing:
    """What a body shows besides its words, in order."""

    flow: Flow
    base_url: str
    pictures: list[Picture] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    _latest: str = ""
    """Address shown last, empty as soon as words follow it."""

    def words_follow(self) -> None:
        """Say that what was shown last is now followed by words."""
        self._latest = ""

    def is_fallback_needed(self) -> bool:
        """Whether a picture for readers without scripts has not been shown already."""
        return not self._latest

    def picture(self, image: _Element) -> None:
        """Show the picture of an `img` element, or note why there is none."""
        if _SIGN.search(image.get("class", "")) and image.get("alt"):
            self.flow.text(legal(image.get("alt", "")))
            return
        found = find_picture(image, self.base_url)
        if isinstance(found, str):
            self.notes[found] += 1
            self._latest = ""
            return
        if found.url != self._latest:
            alt = legal(found.alt)
            self._show(found.url, alt, (found.width, found.height), _caption(image))

    def embed(self, element: _Element, embed: Embed) -> None:
        """Show a player's poster and a link with words where the player was."""
        if embed.played.url == self._latest:
            return
        figure = next(element.iterancestors("figure"), None)
        has_caption = figure is not None and figure.find(".//figcaption") is not None
        with self._within("" if figure is not None else "figure"):
            self._poster(embed)
            if not embed.played.poster or not has_caption:
                with self._within("" if has_caption else "figcaption"):
                    self.link(embed)
        self._latest = embed.played.url
        self.notes[f"{embed.played.place}: replaced by a link"] += 1

    def link(self, embed: Embed) -> None:
        """Write the link with words to what a player plays."""
        with self._within("a", written("href", embed.played.url)):
            self.flow.text(legal(embed.words))

    def _poster(self, embed: Embed) -> None:
        played = embed.played
        if played.poster:
            with self._within("a", written("href", played.url)):
                size = (played.width, played.height)
                self._show(played.poster, legal(embed.words), size, "")

    def _show(self, url: str, alt: str, size: tuple[int, int], caption: str) -> None:
        width, height = size
        attributes = written("src", url) + written("alt", alt)
        attributes += written("width", str(width)) if width else ""
        attributes += written("height", str(height)) if height else ""
        self.flow.picture(attributes)
        self._latest = url
        ending = urlsplit(url).path.rpartition(".")[2].lower()
        self.pictures.append(
            Picture(
                url=url,
                alt=alt,
                caption=caption,
                width=width,
                height=height,
                media_type=_MEDIA_TYPES.get(ending, "image/jpeg"),
            )
        )

    @contextmanager
    def _within(self, tag: str, attributes: str = "") -> Iterator[None]:
        is_open = bool(tag) and self.flow.open(tag, attributes)
        yield
        if is_open:
            self.flow.close()


def _caption(image: _Element) -> str:
    figure = next(image.iterancestors("figure"), None)
    caption = None if figure is None else figure.find(".//figcaption")
    if caption is None:
        return ""
    return " ".join(legal("".join(map(str, caption.itertext()))).split())
