"""Copies of pictures are small, upright and tell nothing but the picture."""

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from publisher.errors import PictureError
from publisher.rendering.resizing import MAX_PIXELS, resize

ORIENTATION = 0x0112
MODES = ["RGB", "RGBA", "P", "L", "LA", "1", "CMYK"]


def a_picture(
    size: tuple[int, int] = (1600, 900),
    mode: str = "RGB",
    kind: str = "PNG",
    **options: object,
) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size).save(written, kind, **options)
    return written.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_a_wide_picture_is_made_as_wide_as_asked() -> None:
    made = opened(resize(a_picture(), 320))

    assert (made.format, made.mode, made.size) == ("JPEG", "RGB", (320, 180))


def test_a_small_picture_keeps_its_size() -> None:
    assert opened(resize(a_picture((100, 50)), 320)).size == (100, 50)


def test_a_ribbon_keeps_at_least_one_row() -> None:
    assert opened(resize(a_picture((5000, 1)), 320)).size == (320, 1)


@pytest.mark.parametrize("mode", MODES)
def test_every_kind_of_colour_becomes_three_channels(mode: str) -> None:
    kind = "TIFF" if mode in {"CMYK", "LA"} else "PNG"

    assert opened(resize(a_picture((10, 10), mode, kind), 320)).mode == "RGB"


def test_what_is_transparent_becomes_white() -> None:
    made = opened(resize(a_picture((10, 10), "RGBA"), 320))

    assert made.getpixel((5, 5)) == (255, 255, 255)


def test_a_picture_lying_on_its_side_is_set_upright_and_forgets_its_camera() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010F] = "A camera"

    made = opened(resize(a_picture((400, 200), kind="JPEG", exif=exif), 320))

    assert made.size == (200, 400)
    assert dict(made.getexif()) == {}


def test_the_same_bytes_give_the_same_bytes() -> None:
    assert resize(a_picture(), 320) == resize(a_picture(), 320)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    side = int(MAX_PIXELS**0.5) + 1

    with pytest.raises(PictureError, match="too large"):
        resize(a_picture((side, side), "1"), 320)


@pytest.mark.parametrize("times", [1, 1000])
def test_a_picture_that_takes_minutes_to_unpack_is_refused(times: int) -> None:
    data = a_picture((8, 8), kind="JPEG", progressive=True)
    second = data.index(b"\xff\xda", data.index(b"\xff\xda") + 1)
    end = data.index(b"\xff\xda", second + 1)
    slow = data[:end] + data[second:end] * times + data[end:]

    if times == 1:
        assert opened(resize(slow, 320)).size == (8, 8)
    else:
        with pytest.raises(PictureError, match="scans; the most is 200"):
            resize(slow, 320)


@given(st.binary(max_size=300))
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(PictureError):
        resize(data, 320)


@pytest.mark.parametrize("kind", ["PNG", "AVIF"])
@given(place=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_a_damaged_picture_is_shown_or_refused(
    kind: str, place: int, byte: int
) -> None:
    data = bytearray(a_picture((20, 20), kind=kind))
    data[place % len(data)] = byte

    try:
        made = resize(bytes(data), 320)
    except PictureError:
        return
    assert opened(made).format == "JPEG"


def test_a_stranger_s_postscript_is_handed_to_no_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, trace = tmp_path / "gs", tmp_path / "was run"
    program.write_text(f"#!/bin/sh\ntouch '{trace}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    with pytest.raises(PictureError):
        resize(a_picture(kind="EPS"), 320)
    assert not trace.exists()
