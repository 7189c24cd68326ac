"""Permanent ids: minted once, stored, never derived again (law 1)."""

import hashlib
from datetime import date

__all__ = ["comment_uid", "feed_uid", "mint_uid"]


def mint_uid(authority: str, since: date, source: str, source_id: str) -> str:
    """Return a `tag:` URI (RFC 4151) for a source's article.

    `authority` and `since` name the site at the time of minting; the result is stored
    and does not change when the site's domain, the headline or the rubric does.
    """
    digest = hashlib.sha256(f"{source}\n{source_id}".encode()).hexdigest()[:20]
    return f"tag:{authority},{since.isoformat()}:article:{digest}"


def feed_uid(authority: str, since: date, feed_key: str) -> str:
    """Return a feed's `tag:` URI; `feed_key` survives moves of the rubric."""
    return f"tag:{authority},{since.isoformat()}:feed:{feed_key or 'site'}"


def comment_uid(
    authority: str, since: date, source: str, source_id: str, key: str
) -> str:
    """Return a `tag:` URI for a comment on a source's article, kept as `mint_uid` is.

    `key` is the comment's own id, permanent in its article.
    """
    named = f"{source}\n{source_id}\n{key}"
    digest = hashlib.sha256(named.encode()).hexdigest()[:20]
    return f"tag:{authority},{since.isoformat()}:comment:{digest}"
