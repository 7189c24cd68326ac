"""Addresses from outside: absolute, in ASCII, with a scheme that does nothing."""

import re
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from publisher.rendering.cleaning.characters import legal

__all__ = ["absolute_link", "web_link"]

MAX_ADDRESS = 4000

# The common case, answered without parsing.
_ALREADY_GOOD = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?"
    r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?"
    r"(?:\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_IGNORED = re.compile("[\t\n]")
_AROUND = "".join(map(chr, range(0x21)))
_TURNING = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_HOST = re.compile(r"\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?\.?")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SAFE = "/:@!$&'()*+,;=~%"
_MAIL_OR_PHONE = re.compile(r"(?:mailto:[^\s\"<>]+@[^\s\"<>]+|tel:\+?[0-9().;=a-z-]+)")


def absolute_link(address: str, base_url: str) -> str | None:
    """Return an absolute http(s), mailto or tel address, or None when it is none.

    The address is read the way browsers read it (WHATWG URL, "basic URL parser"), so
    `java&#9;script:` is seen for what it is. Names and passwords are left out.
    """
    if _ALREADY_GOOD.fullmatch(address) and len(address) <= MAX_ADDRESS:
        return address
    plain = _TURNING.sub("", _IGNORED.sub("", legal(address).strip(_AROUND)))
    if not plain or plain == "#" or len(plain) > MAX_ADDRESS:
        return None
    scheme = _SCHEME.match(plain)
    if scheme is None:
        return _in_ascii(_with_slashes(plain), base_url)
    match scheme[1].lower():
        case "http" | "https":
            return _in_ascii(_with_slashes(plain))
        case "mailto" | "tel" as kind:
            written = f"{kind}:{quote(plain[scheme.end() :], safe=_SAFE + '?')}"
            return written if _MAIL_OR_PHONE.fullmatch(written) else None
        case _:
            return None


def web_link(address: str, base_url: str) -> str | None:
    """Return an absolute http(s) address, or None when it is none."""
    link = absolute_link(address, base_url)
    return link if link is not None and link.startswith("http") else None


def _with_slashes(address: str) -> str:
    """Turn backslashes before the query into slashes, as browsers do."""
    path, mark, rest = address.partition("?")
    return path.replace("\\", "/") + mark + rest


def _in_ascii(address: str, base_url: str = "") -> str | None:
    try:
        parts = urlsplit(urljoin(base_url, address))
        host = _ascii_host(parts)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host:
        return None
    query, fragment = _encoded(parts.query, "?"), _encoded(parts.fragment, "?")
    return urlunsplit((parts.scheme, host, _encoded(parts.path), query, fragment))


def _ascii_host(parts: SplitResult) -> str:
    name = parts.hostname or ""
    host = f"[{name}]" if ":" in name else name.encode("idna").decode("ascii").lower()
    if not _HOST.fullmatch(host):
        return ""
    return host if parts.port is None else f"{host}:{parts.port}"


def _encoded(text: str, also: str = "") -> str:
    return quote(_STRAY_PERCENT.sub("%25", text), safe=_SAFE + also)
