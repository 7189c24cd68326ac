"""What a feed's address answers when there is no document at it, and why there is none.

Always a short plain text: feed readers show it, and an HTML page would confuse them.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil

from publisher.feeds.addresses import FeedAddress, FeedAddresses, read_address
from publisher.model.feed import Feed, FeedFormat, FeedKind, standing_feeds
from publisher.rendering.language import Language
from publisher.rendering.templates import Renderer
from publisher.store import Store
from publisher.store.comments import was_public
from publisher.store.feeds import has_feed
from publisher.store.rubrics import find_moved

__all__ = ["Explanation", "MissingFeeds"]

RETRY_AFTER = timedelta(seconds=10)
MOVED_FOR = timedelta(days=1)
GONE_FOR = timedelta(hours=1)
UNKNOWN_FOR = timedelta(minutes=1)

# Slugs as the configuration takes them: nothing else can ever have been a rubric's
# address, and nothing else is looked for in the store.
_RUBRIC_PATH = re.compile(r"[a-z0-9][a-z0-9_-]*(?:/[a-z0-9][a-z0-9_-]*)*")
_MAX_PATH = 500
_RSS = f".{FeedFormat.RSS.value}"
_LANGUAGE = re.compile(r"\.([a-z]{2,3}(?:-[A-Za-z0-9]{1,8})*)\.[a-z]+")


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer in the words of ASGI."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class MissingFeeds:
    """Tells moved, closed, not yet built and unknown feeds apart.

    `dialects` are the keys of those that are switched on.
    """

    def __init__(
        self,
        store: Store,
        addresses: FeedAddresses,
        renderer: Renderer,
        make: Callable[[Feed], bool],
        dialects: Collection[str] = (),
    ) -> None:
        self._dialects = dialects
        self._store = store
        self._make = make
        self._addresses = addresses
        self._renderer = renderer
        feeds = list(standing_feeds(addresses.tree, addresses.languages))
        self.open = self._paths(filter(addresses.is_open, feeds))
        """The paths of the feeds that are always there."""

    def _paths(self, feeds: Iterable[Feed]) -> frozenset[str]:
        return frozenset(
            self._addresses.path_of(feed, form) for feed in feeds for form in FeedFormat
        )

    def is_open(self, path: str) -> bool:
        """Tell whether a document may be served at a path: no rubric above is closed.

        Whether there is such an author or tag is another question.
        """
        if path in self.open:
            return True
        address = self._addresses.find(path)
        return (
            address is not None
            and self._addresses.is_open(address.feed)
            and self._addresses.path_of(address.feed, address.format) == path
        )

    async def make(self, path: str) -> bool:
        """Build the feed at a path when it is one that is made when asked for."""
        address = self._addresses.find(path)
        if address is None or path in self.open or not self.is_open(path):
            return False
        return await self._store.run(self._make, address.feed)

    async def explain(self, path: str) -> Explanation:
        """Return the answer for a path at which there is no document."""
        ending = self._dialect_ending(path)
        if ending:
            # Where the feed has gone that it is a dialect of, it has gone as well.
            path = path.removesuffix(ending) + _RSS
        address = self._addresses.find(path)
        if address is None:
            old = read_address(path, self._addresses.languages)
            address = await self._present(old) if old is not None else None
            if address is None:
                dropped = await self._in_former_language(path)
                return dropped or self._unknown(old.language if old is not None else "")
        own = self._addresses.path_of(address.feed, address.format)
        if not self._addresses.is_open(address.feed):
            return self._gone(address.language)
        if await self._is_withdrawn(address):
            return self._withdrawn()
        has_none = bool(ending) and not address.feed.is_main
        if own != path and not has_none:
            return self._moved(own.removesuffix(_RSS) + ending if ending else own)
        if own not in self.open or has_none:
            return self._unknown(address.language)
        return self.not_yet(address.language)

    def not_yet(self, language: str = "") -> Explanation:
        """Return the answer for a document that cannot be had at this moment."""
        speech = self._speech(language)
        text = speech.gettext("This feed is being built; ask again shortly.")
        seconds = str(int(RETRY_AFTER.total_seconds()))
        return _explanation(
            503, text, {"retry-after": seconds, "cache-control": "no-store"}
        )

    def too_soon(self, path: str, wait: timedelta) -> Explanation:
        """Return the answer for who was given this very document several times."""
        address = self._addresses.find(path)
        speech = self._speech(address.language if address is not None else "")
        text = speech.gettext(
            "You have been given this feed several times since it last changed. Send"
            " its ETag back as If-None-Match, or ask less often."
        )
        seconds = str(ceil(wait.total_seconds()))
        return _explanation(
            429, text, {"retry-after": seconds, "cache-control": "no-store"}
        )

    def _dialect_ending(self, path: str) -> str:
        """Return what stands in the place of `.rss`, nothing where it is no dialect."""
        endings = (f".{key}.xml" for key in self._dialects)
        return next((ending for ending in endings if path.endswith(ending)), "")

    async def _present(self, old: FeedAddress) -> FeedAddress | None:
        """Return where the feed is now that used to be there; `old` holds a path."""
        path = old.rubric_key
        if len(path) > _MAX_PATH or _RUBRIC_PATH.fullmatch(path) is None:
            return None
        key = await self._store.run(self._store.query, find_moved, path)
        if key is None or key not in self._addresses.tree:
            return None
        return replace(old, rubric_key=key)

    def _moved(self, path: str) -> Explanation:
        url = self._addresses.base_url + path
        return _explanation(301, url, {"location": url, **_cacheable(MOVED_FOR)})

    def _gone(self, language: str) -> Explanation:
        speech = self._speech(language)
        text = speech.gettext("This rubric is closed and has no feed any more.")
        text = f"{text} {self._all_feeds(language)}"
        return _explanation(410, text, _cacheable(GONE_FOR))

    async def _in_former_language(self, path: str) -> Explanation | None:
        """Return the answer where there were feeds in the language of an address."""
        named = _LANGUAGE.search(path)
        if named is None or named[1] in self._addresses.languages:
            return None
        whole = Feed(id=0, language=named[1])
        if not await self._store.run(self._store.query, has_feed, whole):
            return None
        speech = self._speech("")
        text = speech.gettext("There are no feeds in this language any more.")
        text = f"{text} {self._all_feeds('')}"
        return _explanation(410, text, _cacheable(GONE_FOR))

    async def _is_withdrawn(self, address: FeedAddress) -> bool:
        """Tell whether it is about the comments of an article that was withdrawn."""
        if address.kind is not FeedKind.COMMENTS or not address.subject:
            return False
        number = int(address.subject)
        return await self._store.run(self._store.query, was_public, number)

    def _withdrawn(self) -> Explanation:
        speech = self._speech("")
        text = speech.gettext("The article was withdrawn, and its comments with it.")
        text = f"{text} {self._all_feeds('')}"
        return _explanation(410, text, _cacheable(GONE_FOR))

    def _unknown(self, language: str) -> Explanation:
        speech = self._speech(language)
        text = speech.gettext("There is no feed at this address.")
        text = f"{text} {self._all_feeds(language)}"
        return _explanation(404, text, _cacheable(UNKNOWN_FOR))

    def _speech(self, language: str) -> Language:
        return self._renderer.languages.get(language or self._addresses.languages[0])

    def _all_feeds(self, language: str) -> str:
        code = language or self._addresses.languages[0]
        label = self._speech(language).gettext("All feeds:")
        return f"{label} {self._addresses.base_url}/{code}/"


def _cacheable(span: timedelta) -> dict[str, str]:
    return {"cache-control": f"public, max-age={int(span.total_seconds())}"}


def _explanation(status: int, text: str, headers: Mapping[str, str]) -> Explanation:
    body = f"{text}\n".encode()
    sent = {
        "content-type": "text/plain; charset=utf-8",
        "content-length": str(len(body)),
        "access-control-allow-origin": "*",
        "x-content-type-options": "nosniff",
        **headers,
    }
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in sent.items()]
    return Explanation(status, encoded, body)
