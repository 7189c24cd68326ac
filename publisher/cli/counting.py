"""Numbers in sentences for operators."""

__all__ = ["counted"]


def counted(count: int, one: str, several: str = "") -> str:
    """Return a number with its word: "1 feed", "2 feeds"."""
    return f"{count} {one if count == 1 else several or one + 's'}"
