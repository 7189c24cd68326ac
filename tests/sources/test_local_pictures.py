"""Pictures in the folder have a public address and their true size; nothing else has.

A file outside of the folder is never looked at, however it is named.
"""

import os
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image

from publisher.sources.local_pictures import LocalPicture, LocalPictures
from tests.scarcity import no_file_to_open

PUBLIC = "https://pic.vestnik.example/news/"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with pictures, beside a picture that is none of ours."""
    folder = tmp_path / "news"
    (folder / "articles" / "foto").mkdir(parents=True)
    Image.new("RGB", (60, 40)).save(folder / "top.jpg")
    Image.new("RGB", (30, 20)).save(folder / "articles" / "foto" / "Река 1.png")
    Image.new("RGB", (10, 10)).save(tmp_path / "secret.jpg")
    return folder


def found(folder: Path, written: str) -> LocalPicture | None:
    return LocalPictures(folder, PUBLIC).find(written, "articles/a.md")


def test_a_picture_is_found_beside_the_text_or_from_the_top(folder: Path) -> None:
    length = (folder / "top.jpg").stat().st_size

    expected = LocalPicture(f"{PUBLIC}top.jpg", 60, 40, length, "image/jpeg")
    assert found(folder, "top.jpg") == expected
    assert found(folder, "../top.jpg") == expected
    assert found(folder, "./../articles/../top.jpg") == expected


def test_a_name_is_written_as_an_address(folder: Path) -> None:
    for written in ("foto/Река 1.png", "foto/%D0%A0%D0%B5%D0%BA%D0%B0%201.png"):
        picture = found(folder, written)

        assert picture is not None
        assert picture.url == (
            f"{PUBLIC}articles/foto/%D0%A0%D0%B5%D0%BA%D0%B0%201.png"
        )
        assert (picture.width, picture.media_type) == (30, "image/png")


@pytest.mark.parametrize(
    "written",
    [
        "../../secret.jpg",
        "../../../etc/passwd",
        "link.jpg",
        "none.jpg",
        "articles",
        "\0",
        "top.jpg%00",
        "..%2f../secret.jpg",
        "%2e%2e%2f%2e%2e%2fsecret.jpg",
        "%2fetc%2fpasswd",
        "%ed%a0%80.jpg",
        "loop.jpg",
        "loop.jpg/top.jpg",
        "top\ud800.jpg",
        f"{'a' * 300}.jpg",
    ],
)
def test_what_is_no_picture_of_the_folder_is_not_found(
    folder: Path, written: str
) -> None:
    (folder / "link.jpg").symlink_to(folder.parent / "secret.jpg")
    (folder / "loop.jpg").symlink_to("loop.jpg")
    pictures = LocalPictures(folder, PUBLIC)

    assert pictures.find(written, "articles/a.md") is None
    assert pictures.missing == {written}


@pytest.mark.parametrize(
    ("name", "written"),
    [
        (b"\xff.jpg", "\udcff.jpg"),
        (b"\xff.jpg", "%ff.jpg"),
        (b"No #3?.jpg", "No #3?.jpg"),
        (b"No #3?.jpg", "No%20%233%3F.jpg"),
        (b"100%.jpg", "100%25.jpg"),
        (b"a.jpg", "a.jpg?width=300#top"),
    ],
)
def test_a_picture_is_found_by_its_name_and_by_its_address(
    folder: Path, name: bytes, written: str
) -> None:
    (folder / "top.jpg").rename(folder / os.fsdecode(name))

    picture = found(folder, written)

    assert picture is not None
    assert picture.url == f"{PUBLIC}{quote(name)}"
    if "?w" not in written:
        assert LocalPictures(folder, PUBLIC).address(written) == picture.url


def test_a_picture_that_could_not_be_read_for_a_moment_is_read_again(
    folder: Path,
) -> None:
    pictures = LocalPictures(folder, PUBLIC)
    with no_file_to_open():
        assert pictures.find("top.jpg", "a.md") is None

    assert pictures.find("top.jpg", "a.md") is not None


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"\xff\xd8\xff", b"%PDF-1.4", b"BM" + b"\xff" * 60]
)
def test_a_broken_picture_is_not_found(folder: Path, content: bytes) -> None:
    (folder / "broken.jpg").write_bytes(content)

    assert found(folder, "broken.jpg") is None


def test_a_picture_lying_on_its_side_is_measured_upright(folder: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (60, 40)).save(folder / "phone.jpg", exif=exif)

    picture = found(folder, "phone.jpg")

    assert picture is not None
    assert (picture.width, picture.height) == (40, 60)


def test_a_picture_is_read_again_only_when_it_changed(folder: Path) -> None:
    pictures = LocalPictures(folder, PUBLIC)
    stat = (folder / "top.jpg").stat()
    before = pictures.find("top.jpg", "a.md")
    (folder / "top.jpg").write_bytes(b"x" * stat.st_size)
    os.utime(folder / "top.jpg", ns=(stat.st_mtime_ns, stat.st_mtime_ns))

    assert pictures.find("top.jpg", "a.md") is before
    os.utime(folder / "top.jpg", ns=(0, 0))
    assert pictures.find("top.jpg", "a.md") is None


def test_pictures_in_html_get_their_public_address_when_they_are_there(
    folder: Path,
) -> None:
    said = (
        '<img alt="а" src="foto/Река 1.png"><img src=../top.jpg width=5>'
        "<img src='none.jpg'><img src='/top.jpg'><img src='//a.example/top.jpg'>"
        '<img data-x="src=top.jpg">'
    )

    written = LocalPictures(folder, PUBLIC).placed_in(said, "articles/a.md")

    river = f"{PUBLIC}articles/foto/%D0%A0%D0%B5%D0%BA%D0%B0%201.png"
    assert written == (
        f'<img alt="а" src="{river}"><img src="{PUBLIC}top.jpg" width=5>'
        "<img src='none.jpg'><img src='/top.jpg'><img src='//a.example/top.jpg'>"
        '<img data-x="src=top.jpg">'
    )
