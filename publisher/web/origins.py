"""Which pictures a page of ours may show: the newspaper's own, from its own hosts."""

import ipaddress
from urllib.parse import urlsplit

__all__ = ["PictureOrigins"]


class PictureOrigins:
    """The hosts of the newspaper and of this service, and the hosts below them.

    Whoever reads our pages is seen by nobody else.
    """

    def __init__(self, *urls: str) -> None:
        parts = [urlsplit(url) for url in urls]
        self._hosts = tuple(part.hostname or "" for part in parts)
        sources: list[str] = []
        for part, host in zip(parts, self._hosts, strict=True):
            sources.append(f"{part.scheme}://{part.netloc}")
            if _is_name(host):
                sources.append(f"{part.scheme}://*.{host}")
        self.sources = tuple(dict.fromkeys(sources))
        """The same as sources of a Content-Security-Policy."""

    def may_show(self, url: str) -> bool:
        """Tell whether a picture at this address may be on a page."""
        if not url:
            return False
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            return False
        return any(
            host == own or (_is_name(own) and host.endswith(f".{own}"))
            for own in self._hosts
        )


def _is_name(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host
    return False
