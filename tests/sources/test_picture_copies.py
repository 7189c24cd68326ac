"""Copies are made once, kept whole, bounded, and never of files that are not ours."""

import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from publisher.errors import PictureError
from publisher.model.picture import LARGE, SMALL, picture_key
from publisher.sources.originals import Originals, PictureFolder
from publisher.sources.picture_copies import PictureCopies

URL = "https://gazeta.example/pictures/most.png"
KEY = picture_key(URL)


def a_picture(width: int = 1600) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, 900)).save(written, "PNG")
    return written.getvalue()


class Web:
    """Stands for the open web: gives one picture, and counts who asks."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def fetch(self, url: str, max_bytes: int) -> bytes:
        assert max_bytes > 0
        self.asked.append(url)
        return a_picture()


def copies(
    folder: Path, web: Web, *own: PictureFolder, max_bytes: int = 10**9
) -> PictureCopies:
    return PictureCopies(folder, Originals(own, web.fetch), max_bytes=max_bytes)


def test_a_copy_that_was_made_is_found_again(tmp_path: Path) -> None:
    web = Web()
    made = copies(tmp_path, web).make(KEY, SMALL, URL)

    assert copies(tmp_path, web).find(KEY, SMALL) == made
    assert copies(tmp_path, web).find(KEY, LARGE) is None
    assert web.asked == [URL]


def test_a_picture_whose_name_is_not_utf8_is_read_from_disk(tmp_path: Path) -> None:
    web, folder = Web(), tmp_path / "newsroom"
    folder.mkdir()
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.png")).write_bytes(a_picture(400))
    own = PictureFolder("https://gazeta.example/pictures", folder)
    url = "https://gazeta.example/pictures/%FF.png"

    made = copies(tmp_path / "copies", web, own).make(picture_key(url), SMALL, url)

    assert Image.open(io.BytesIO(made)).size[0] > 0
    assert web.asked == []


def test_a_missing_picture_whose_name_is_not_utf8_is_told_in_utf8(
    tmp_path: Path,
) -> None:
    own = PictureFolder("https://gazeta.example/pictures", tmp_path)
    url = "https://gazeta.example/pictures/%FF.png"

    with pytest.raises(PictureError) as refused:
        copies(tmp_path / "copies", Web(), own).make(picture_key(url), SMALL, url)

    told = "\\xff.png cannot be read: No such file or directory"
    assert str(refused.value) == told


def test_a_picture_of_our_own_folder_is_read_from_disk(tmp_path: Path) -> None:
    web, folder = Web(), tmp_path / "newsroom"
    folder.mkdir()
    (folder / "Река 1.png").write_bytes(a_picture(400))
    own = PictureFolder("https://gazeta.example/pictures", folder)
    url = "https://gazeta.example/pictures/%D0%A0%D0%B5%D0%BA%D0%B0%201.png?v=2"

    made = copies(tmp_path / "copies", web, own).make(picture_key(url), SMALL, url)

    assert Image.open(io.BytesIO(made)).size[0] == SMALL
    assert web.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "https://gazeta.example/pictures/../secret.png",
        "https://gazeta.example/pictures/%2e%2e/secret.png",
        "https://gazeta.example/pictures/link.png",
    ],
)
def test_a_file_outside_of_the_folder_is_never_read(tmp_path: Path, url: str) -> None:
    folder = tmp_path / "newsroom"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(a_picture())
    (folder / "link.png").symlink_to(tmp_path / "secret.png")

    assert PictureFolder("https://gazeta.example/pictures/", folder).find(url) is None


def test_a_missing_file_is_a_picture_error(tmp_path: Path) -> None:
    own = PictureFolder("https://gazeta.example/pictures", tmp_path)

    with pytest.raises(PictureError, match=r"most\.png cannot be read"):
        copies(tmp_path / "copies", Web(), own).make(KEY, SMALL, URL)


@pytest.mark.parametrize(
    "name", ["a%00.png", "loop.png", "a\ud800.png", f"{'a' * 300}.png"]
)
def test_an_address_that_no_file_can_have_is_a_picture_error(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "loop.png").symlink_to("loop.png")
    own = PictureFolder("https://gazeta.example/pictures", tmp_path)
    url = f"https://gazeta.example/pictures/{name}"

    with pytest.raises(PictureError, match=r"\.png.* cannot be read"):
        copies(tmp_path / "copies", Web(), own).make(KEY, SMALL, url)


def test_a_pipe_is_never_read_as_a_picture(tmp_path: Path) -> None:
    pipe = tmp_path / "most.png"
    os.mkfifo(pipe)
    own = PictureFolder("https://gazeta.example/pictures", tmp_path)
    with ThreadPoolExecutor(1) as threads:
        # Whoever opens the pipe in vain finds it empty, and does not wait for ever.
        writer = threads.submit(pipe.write_bytes, b"")

        with pytest.raises(PictureError, match=r"most\.png cannot be read: it is no"):
            copies(tmp_path / "copies", Web(), own).make(KEY, SMALL, URL)

        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        writer.result()
        os.close(reader)


def test_a_disk_that_takes_no_copy_does_not_matter(tmp_path: Path) -> None:
    blocked = tmp_path / "copies"
    blocked.write_text("a file where the folder should be")
    kept = copies(blocked, Web())

    assert kept.make(KEY, SMALL, URL).startswith(b"\xff\xd8")


def test_the_oldest_copies_go_first(tmp_path: Path) -> None:
    kept = copies(tmp_path, Web())
    size = 0
    for number, key in enumerate("abc"):
        size = len(kept.make(key, SMALL, URL))
        os.utime(tmp_path / key / f"{SMALL}.jpg", (number, number))
    tight = copies(tmp_path, Web(), max_bytes=int(2.6 * size))

    assert tight.sweep() == 1
    assert [key for key in "abc" if tight.find(key, SMALL)] == ["b", "c"]


def test_what_a_killed_process_left_half_written_is_swept(tmp_path: Path) -> None:
    left = tmp_path / "a" / ".x1.part"
    left.parent.mkdir()
    left.write_bytes(b"x" * 5000)

    assert copies(tmp_path, Web(), max_bytes=4000).sweep() == 1
    assert not left.exists()


def test_what_cannot_be_removed_keeps_no_other(tmp_path: Path) -> None:
    in_the_way = tmp_path / "a" / f"{SMALL}.jpg"
    in_the_way.mkdir(parents=True)
    os.utime(in_the_way, (0, 0))
    kept = copies(tmp_path, Web(), max_bytes=0)
    kept.make("b", SMALL, URL)

    assert kept.sweep() == 1
    assert kept.find("b", SMALL) is None


def test_a_copy_that_cannot_be_read_is_made_again(tmp_path: Path) -> None:
    (tmp_path / KEY / f"{SMALL}.jpg").mkdir(parents=True)
    kept = copies(tmp_path, Web())

    assert kept.find(KEY, SMALL) is None
    assert kept.make(KEY, SMALL, URL).startswith(b"\xff\xd8")


def test_within_the_bound_nothing_is_removed(tmp_path: Path) -> None:
    kept = copies(tmp_path, Web())
    kept.make(KEY, SMALL, URL)

    assert kept.sweep() == 0
    assert kept.find(KEY, SMALL) is not None
