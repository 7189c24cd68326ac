"""Articles that cannot be kept as they are, refused before they reach the store."""

from collections.abc import Sequence

from publisher.errors import ArticleError
from publisher.model.article import IncomingArticle

__all__ = ["refuse_language", "refuse_oversized", "storable"]


def refuse_language(language: str, known: Sequence[str]) -> None:
    """Refuse a language the newspaper does not have; raises ArticleError."""
    if language not in known:
        msg = (
            f'language "{language}" is not one of site.languages'
            f" ({', '.join(known)}); correct it or add the language"
        )
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
