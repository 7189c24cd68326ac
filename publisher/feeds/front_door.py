"""Compare what the public gets of a feed with what was published, and explain.

Between us and readers stand proxies and networks that cache, compress, challenge and
rewrite. Each difference they make is told with what usually causes it.
"""

import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from publisher.errors import OutgoingError
from publisher.outgoing.client import Reply
from publisher.store.documents import Document

__all__ = ["Ask", "Difference", "knock"]

Ask = Callable[[str, Mapping[str, str]], Reply]
"""Get an address with these header fields; raises OutgoingError."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What the public gets otherwise, and what to look at."""

    path: str
    what: str
    remedy: str


def knock(ask: Ask, base_url: str, document: Document) -> list[Difference]:
    """Ask for a document as three readers would; return every difference.

    One reader takes it plain, one packed, one has it already (RFC 9110 section 13).
    """
    url = base_url + document.path
    try:
        plain = ask(url, {"accept-encoding": "identity"})
        if plain.status != 200:  # noqa: PLR2004 (OK)
            found = [_wrong_status(plain)]
        else:
            packed = ask(url, {"accept-encoding": "gzip"})
            tag = {"if-none-match": plain.headers.get("etag", '""')}
            again = ask(url, tag | {"accept-encoding": "identity"})
            found = [
                *_content(plain, document),
                *_headers(plain, document),
                *_packed(packed, document),
                *_again(plain, again),
            ]
    except OutgoingError as error:
        found = [(str(error), "is the service running, and web.base_url its address?")]
    return [Difference(document.path, what, remedy) for what, remedy in found]


def _wrong_status(reply: Reply) -> tuple[str, str]:
    what = f"answers {reply.status}"
    if reply.status in {401, 403, 429, 503}:
        return what, "let programs through to /feeds/: readers solve no puzzles"
    if reply.status in {301, 302, 307, 308}:
        where = reply.headers.get("location", "nowhere")[:200]
        return f"{what}, to {where}", "write the address it leads to into web.base_url"
    return what, "let the proxy pass /feeds/ on to this service"


def _content(reply: Reply, document: Document) -> Iterator[tuple[str, str]]:
    if reply.body == document.body:
        return
    if document.etag in reply.headers.get("etag", ""):
        yield (
            "has other bytes under the ETag of ours",
            "let nothing rewrite feeds: no minifying, no addresses made anew",
        )
    else:
        yield (
            "is not the present document",
            "wait for max-age, or empty the cache in between",
        )


def _headers(reply: Reply, document: Document) -> Iterator[tuple[str, str]]:
    said = reply.headers.get
    wanted = document.format.media_type
    if said("content-type", "").replace(" ", "") != wanted.replace(" ", ""):
        yield (
            f'says Content-Type "{said("content-type", "")}", not "{wanted}"',
            "let the proxy keep the field",
        )
    for name in ("etag", "last-modified", "cache-control"):
        if not said(name):
            yield (
                f"has no {name.title()}",
                "let the proxy keep the field, or readers download all every time",
            )
    if "no-store" in said("cache-control", "") or said("expires") == "0":
        yield "may not be kept by readers", "take no-store and Expires: 0 out"
    if said("set-cookie"):
        yield "sets a cookie", "let nothing in between mark readers of feeds"
    if said("access-control-allow-origin") != "*":
        yield (
            "is closed to readers in browsers",
            "let the proxy keep Access-Control-Allow-Origin: *",
        )


def _packed(reply: Reply, document: Document) -> Iterator[tuple[str, str]]:
    if reply.headers.get("content-encoding") != "gzip":
        yield (
            "is not compressed for who takes gzip",
            "let the proxy pass it on as is",
        )
        return
    try:
        body = gzip.decompress(reply.body)
    except (OSError, EOFError, zlib.error):
        yield "is no gzip although it says so", "let nothing compress it again"
        return
    if body != document.body and reply.headers.get("etag", ""):
        yield "is another document when compressed", "let the cache heed Vary"


def _again(first: Reply, again: Reply) -> Iterator[tuple[str, str]]:
    if first.headers.get("etag") and again.status != 304:  # noqa: PLR2004 (Not Modified)
        yield (
            f"answers {again.status} to who has it already",
            "let the proxy pass If-None-Match on, and keep ETag as it is",
        )
