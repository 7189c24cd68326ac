"""A whole feed: the head written anew, the articles joined in as they were kept."""

from collections.abc import Mapping, Sequence

from publisher.feeds.feedgen_door import document_markup, feedgen_feed
from publisher.feeds.json_feed import head_bytes
from publisher.feeds.markup import NAMESPACES
from publisher.model.feed import FeedFormat, FeedHead

__all__ = ["assemble", "namespaces_in"]

# What an entry may use beside the core comes after this element, and nothing large
# does: the content, where most of the bytes are, need not be searched.
_CORE = {FeedFormat.RSS: b"</guid>", FeedFormat.ATOM: b"</published>"}
_TAGS = {
    form: tuple((prefix, b"<%b:" % prefix.encode()) for prefix in namespaces)
    for form, namespaces in NAMESPACES.items()
}
# Most entries say nothing of comments; those that do say it last.
_OF_COMMENTS = frozenset({"slash", "thr", "wfw"})
_LAST = (
    *(b"</slash:comments></item>", b"</wfw:commentRss></item>"),
    *(b"</thr:total></entry>", b"</thr:in-reply-to></entry>"),
)
_END_OF_FEED = {FeedFormat.RSS: b"</channel></rss>", FeedFormat.ATOM: b"</feed>"}


def assemble(head: FeedHead, form: FeedFormat, fragments: Sequence[bytes]) -> bytes:
    """Return a document in UTF-8: the fragments under a head, in the order given.

    Byte for byte what feedgen prints for the whole feed, without building it. The same
    arguments always give the same bytes (law 2). No fragments at all are fine.
    """
    if form is FeedFormat.JSON:
        # One join: documents are large, and every step more would copy them.
        parts = [part for fragment in fragments for part in (b",", fragment)]
        return b"".join([head_bytes(head), *parts[1:], b"]}"])
    feed = feedgen_feed(head, form, namespaces_in(fragments, form))
    shell = _styled(document_markup(feed, form), head.style_url)
    end = _END_OF_FEED[form]
    return b"".join([shell.removesuffix(end), *fragments, end])


def _styled(markup: bytes, style_url: str) -> bytes:
    """Name a stylesheet behind the declaration, so that browsers show a page."""
    if not style_url:
        return markup
    declaration, end, rest = markup.partition(b"?>\n")
    style = f'<?xml-stylesheet type="text/css" href="{style_url}"?>\n'
    return b"".join([declaration, end, style.encode("ascii"), rest])


def namespaces_in(fragments: Sequence[bytes], form: FeedFormat) -> Mapping[str, str]:
    """Return the namespaces that fragments use, by prefix, in a fixed order.

    Validators warn of namespaces that are declared and not used.
    """
    core = _CORE[form]
    has_comments = any([fragment.endswith(_LAST) for fragment in fragments])  # noqa: C419 (a list is quicker)
    # Searched together: it is cheaper to join them than to look at each.
    ends = b"".join([fragment[fragment.rfind(core) :] for fragment in fragments])
    return {
        prefix: NAMESPACES[form][prefix]
        for prefix, tag in _TAGS[form]
        if (has_comments or prefix not in _OF_COMMENTS) and tag in ends
    }
