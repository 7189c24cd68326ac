"""Articles that cannot be kept as they are, refused before they reach the store."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from publisher.errors import ArticleError
from publisher.model.article import IncomingArticle
from publisher.sources.record import UnreadableError

__all__ = [
    "refuse_language",
    "refuse_oversized",
    "refuse_untitled",
    "storable",
    "unforeseen",
]

_log = logging.getLogger("publisher.sources")


@contextmanager
def unforeseen(place: str) -> Iterator[None]:
    """Make a refusal of what nobody thought of: one article stops no other (law 19).

    Raises ArticleError in place of any error that is no refusal, and logs that. A
    machine that runs out of something is not the article's fault: the next look may do.
    """
    try:
        yield
    except (ArticleError, UnreadableError, OSError, MemoryError):
        raise
    except Exception as error:
        _log.exception("article.broken place=%s", place)
        msg = (
            f"the service failed on it ({type(error).__name__}); change what is unusual"
            " in it, and report what the log says at article.broken"
        )
        raise ArticleError(msg) from error


def refuse_language(language: str, known: Sequence[str]) -> None:
    """Refuse a language the newspaper does not have; raises ArticleError."""
    if language not in known:
        msg = (
            f'language "{language}" is not one of site.languages'
            f" ({', '.join(known)}); correct it or add the language"
        )
        raise ArticleError(msg)


def refuse_untitled(title: str) -> None:
    """Refuse an article of whose title cleaning left nothing; raises ArticleError."""
    if not title:
        msg = "there is no title; give it one"
        raise ArticleError(msg)


def refuse_oversized(incoming: IncomingArticle, path: str) -> None:
    """Refuse what the store has no room for; raises ArticleError naming the field."""
    for name, value, limit in (
        ("id", incoming.source_id, 500),
        ("guid", incoming.guid or "", 500),
        ("url", incoming.url, 2000),
        ("translation_of", incoming.translation_of or "", 500),
        ("comments.url", incoming.comments_url or "", 2000),
        ("path", path, 1000),
        *(("related", target, 500) for target in incoming.related),
    ):
        if len(value) > limit or "\0" in value:
            msg = f"{name} is longer than {limit} characters, or holds NUL; shorten it"
            raise ArticleError(msg)


def storable(text: str) -> str:
    """Return a text without what a database takes from nobody: surrogates and NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
