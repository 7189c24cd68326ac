"""Why the database could not be asked, in words; and what is no such trouble."""

from sqlalchemy.exc import OperationalError

__all__ = ["why_away"]

_WRONG_SQL = "SQLITE_ERROR"
"""What SQLite says of a statement that it does not understand: a fault of ours."""


def why_away(error: Exception) -> str | None:
    """Return why the database is away, or cannot write; None: it is not the trouble."""
    if not isinstance(error, OperationalError):
        return None
    if getattr(error.orig, "sqlite_errorname", "") == _WRONG_SQL:
        return None
    return str(error.orig).partition("\n")[0]
