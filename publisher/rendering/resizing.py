"""Pictures made fit for mail: JPEG of a given width, upright, without hidden data."""

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from publisher.errors import PictureError

__all__ = ["MAX_PIXELS", "resize"]

MAX_PIXELS = 60_000_000
"""More is no photograph but an attack on memory."""

QUALITY = 80
MAX_SCANS = 200
"""Of a JPEG; some dozen are usual. Each goes over the whole picture once more."""
READ = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF", "JPEG2000")
"""What newspapers publish. Anything else is not even tried: PostScript would be given
to a program that runs what stands in it."""
_SCAN = b"\xff\xda"
_WHITE = (255, 255, 255)
_UNREADABLE = (
    UnidentifiedImageError,
    OSError,
    RuntimeError,  # Of a broken AVIF.
    SyntaxError,
    ValueError,
)


def resize(data: bytes, width: int) -> bytes:
    """Return a picture as progressive JPEG, at most `width` pixels wide.

    Smaller pictures keep their size; moving ones stand still. Colours are made sRGB's
    three channels, what is transparent becomes white, and nothing but the picture is
    kept: no place, no camera, no preview. The same bytes give the same bytes. Raises
    PictureError.
    """
    try:
        with warnings.catch_warnings():
            # Of what is large but within our own bound.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return _resized(data, width)
    except _UNREADABLE as error:
        msg = f"a picture of {len(data)} bytes cannot be read: {error}"
        raise PictureError(msg) from error
    except Image.DecompressionBombError as error:
        raise PictureError(str(error)) from error


def _resized(data: bytes, width: int) -> bytes:
    with Image.open(io.BytesIO(data), formats=READ) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            msg = (
                f"a picture of {opened.width} x {opened.height} pixels is too large;"
                f" the most is {MAX_PIXELS}"
            )
            raise PictureError(msg)
        if opened.format in {"JPEG", "MPO"} and data.count(_SCAN) > MAX_SCANS:
            msg = f"a picture in {data.count(_SCAN)} scans; the most is {MAX_SCANS}"
            raise PictureError(msg)
        if opened.format == "JPEG":
            opened.draft("RGB", (width * 2, width * 2))
        upright = ImageOps.exif_transpose(opened)
        picture = _on_white(upright)
    if picture.width > width:
        height = max(1, round(picture.height * width / picture.width))
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return written.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    """Return it in three channels."""
    if picture.mode in {"P", "LA", "PA"} or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    if picture.mode != "RGBA":
        return picture.convert("RGB")
    ground = Image.new("RGB", picture.size, _WHITE)
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground
