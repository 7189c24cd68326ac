"""The media type of a picture, told by its address: the same on every machine."""

from urllib.parse import urlsplit

__all__ = ["media_type_of"]

_TYPES = {
    "avif": "image/avif",
    "gif": "image/gif",
    "png": "image/png",
    "svg": "image/svg+xml",
    "webp": "image/webp",
}


def media_type_of(url: str) -> str:
    """Return the media type of a picture, JPEG where the address does not tell."""
    _, _, ending = urlsplit(url).path.rpartition(".")
    return _TYPES.get(ending.lower(), "image/jpeg")
