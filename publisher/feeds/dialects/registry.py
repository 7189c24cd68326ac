"""All dialects, by key."""

from difflib import get_close_matches

from publisher.errors import PublisherError
from publisher.feeds.dialects.dialect import Dialect
from publisher.feeds.dialects.dzen import DZEN
from publisher.feeds.dialects.flipboard import FLIPBOARD
from publisher.feeds.dialects.google_news import GOOGLE_NEWS
from publisher.feeds.dialects.msn import MSN
from publisher.feeds.dialects.smartnews import SMARTNEWS
from publisher.feeds.dialects.yandex import YANDEX_NEWS

__all__ = ["DIALECTS", "dialect_named"]

DIALECTS = (YANDEX_NEWS, DZEN, MSN, SMARTNEWS, FLIPBOARD, GOOGLE_NEWS)


def dialect_named(key: str) -> Dialect:
    """Return a dialect; raises PublisherError with the nearest key."""
    for dialect in DIALECTS:
        if dialect.key == key:
            return dialect
    keys = [dialect.key for dialect in DIALECTS]
    near = get_close_matches(key, keys, n=1)
    meant = f'did you mean "{near[0]}"?' if near else f"known are {', '.join(keys)}"
    msg = f'dialect "{key}" is not known ({meant})'
    raise PublisherError(msg)
