"""What a request's headers say where one of them may stand in several lines."""

from collections.abc import Iterable

from starlette.requests import Request

__all__ = ["by_name", "holds", "said"]


def by_name(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return the headers of ASGI; lines of one are joined (RFC 9110 section 5.3)."""
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        found[name] = b"%b, %b" % (found[name], value) if name in found else value
    return found


def said(request: Request, name: str) -> str | None:
    """Return what one header says in all of its lines; None where it is absent."""
    lines = request.headers.getlist(name)
    return ", ".join(lines) if lines else None


def holds(request: Request, etag: str) -> bool:
    """Tell whether a client has what the quoted tag names, be it as a weak one."""
    return etag in (said(request, "if-none-match") or "")
