"""Our style, icon and script: read once, addressed by content, kept by browsers."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from publisher.rendering.colours import readable
from publisher.rendering.templates import shipped_templates
from publisher.web.request_headers import holds

__all__ = ["DARK_PANEL", "PANEL", "StaticFiles"]

PANEL, DARK_PANEL = "#f5f1e8", "#202327"
"""Of the stylesheet's grounds those on which a colour is harder to read."""

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_NOW = "public, max-age=300"


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    media_type: str
    version: str


class StaticFiles:
    """The files of `templates/web/static`, the newsroom's colour put into the style."""

    def __init__(self, accent: str, folder: Path | None = None) -> None:
        folder = folder or shipped_templates() / "web" / "static"
        self._files: Mapping[str, _File] = {
            path.name: _read(path, accent)
            for path in sorted(folder.iterdir())
            if path.suffix in _TYPES
        }

    def url(self, name: str) -> str:
        """Return the path of a file, which changes with its content."""
        return f"/static/{name}?v={self._files[name].version}"

    async def serve(self, request: Request) -> Response:
        """Answer `/static/{name}`."""
        file = self._files.get(request.path_params["name"])
        if file is None:
            raise HTTPException(404)
        is_exact = request.query_params.get("v") == file.version
        etag = f'"{file.version}"'
        headers = {"cache-control": _FOR_EVER if is_exact else _FOR_NOW, "etag": etag}
        if holds(request, etag):
            return Response(status_code=304, headers=headers)
        return Response(file.body, media_type=file.media_type, headers=headers)


def _read(path: Path, accent: str) -> _File:
    body = path.read_bytes()
    if path.suffix == ".css":
        body = _colours(accent) + body
    version = hashlib.sha256(body).hexdigest()[:12]
    return _File(body, _TYPES[path.suffix], version)


def _colours(accent: str) -> bytes:
    """Return the accent as the stylesheet takes it, readable by day and by night."""
    day, night = readable(accent, PANEL), readable(accent, DARK_PANEL)
    return (
        f":root {{ --accent: {day}; }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ --accent: {night}; }} }}\n"
    ).encode()
