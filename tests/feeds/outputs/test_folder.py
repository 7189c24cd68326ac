"""Whatever fails while a folder is written, its readers get one whole state or another.

Between two states lies one system call; a disk that is full or may not be written to
changes nothing; a killed process leaves nothing behind that the next one does not mend.
"""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from publisher.feeds.outputs.folder import MARK, FolderOutput
from publisher.feeds.outputs.output import OutputError
from tests.feeds.outputs.copies import (
    NOON,
    PATH,
    BreakingDisk,
    a_copy,
    dates,
    hidden,
    shown,
    shown_in_brotli,
)

ROOT = Path(__file__).resolve().parents[3]
OLD, NEW = "Мост строят", "Мост открыт"
LATER = NOON + timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that shows the old state of a document."""
    put(tmp_path / "static", OLD)
    return tmp_path / "static"


def put(folder: Path, text: str, **changes: object) -> None:
    output = FolderOutput("static", folder)
    with output.claim():
        output.put(a_copy(text, **changes))  # type: ignore[arg-type]


def steps_of(folder: Path, text: str, *, is_packed: bool = True) -> list[str]:
    disk = BreakingDisk()
    output = FolderOutput("static", folder, disk)
    with output.claim():
        disk.steps.clear()
        output.put(a_copy(text, is_packed=is_packed))
    return disk.steps


# ----------------------------------------------------------------------------- the pair


def test_all_files_are_on_the_disk_before_the_first_is_renamed(folder: Path) -> None:
    assert steps_of(folder, NEW) == [
        *("open", "write"),
        *("open", "write"),
        *("open", "write"),
        *("rename", "rename", "rename"),
        "sync",
    ]


def test_an_old_brotli_twin_goes_before_the_new_state_is_shown(folder: Path) -> None:
    steps = steps_of(folder, NEW, is_packed=False)

    assert steps[-4:] == ["remove", "rename", "rename", "sync"]
    assert shown(folder) == {PATH: (NEW, NEW)}
    assert shown_in_brotli(folder) == {}

    put(folder, NEW)

    assert shown_in_brotli(folder) == {PATH: NEW}


def test_the_same_document_again_touches_nothing(folder: Path) -> None:
    before = (folder / PATH).stat().st_ctime_ns

    assert steps_of(folder, OLD) == []
    assert (folder / PATH).stat().st_ctime_ns == before


def test_a_damaged_or_missing_file_is_repaired_by_the_same_document(
    folder: Path,
) -> None:
    for name in (PATH, f"{PATH}.gz", f"{PATH}.br"):
        (folder / name).unlink()
        put(folder, OLD)
        assert shown(folder) == {PATH: (OLD, OLD)}
        (folder / name).write_bytes(b"<rss>")
        put(folder, OLD)
        assert shown(folder) == {PATH: (OLD, OLD)}
        assert shown_in_brotli(folder) == {PATH: OLD}


def test_anybody_may_read_what_is_shown(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        put(tmp_path / "static", NEW, path="feeds/novosti/vlast.rss")
    finally:
        os.umask(before)

    modes = {
        stat.S_IMODE(file.stat().st_mode)
        for file in (tmp_path / "static" / "feeds").rglob("*.rss*")
    }
    folders = {
        stat.S_IMODE((tmp_path / "static" / name).stat().st_mode)
        for name in ("", "feeds", "feeds/novosti")
    }
    assert modes == {0o644}
    assert folders == {0o755}


def test_folders_that_a_removal_empties_go_with_it(folder: Path) -> None:
    put(folder, NEW, path="feeds/novosti/vlast/maslihat.rss")
    output = FolderOutput("static", folder)

    with output.claim():
        output.remove("feeds/novosti/vlast/maslihat.rss")
        assert {file.name for file in folder.rglob("*")} >= {"feeds", "novosti.rss"}
        assert not (folder / "feeds" / "novosti").exists()
        output.remove(PATH)

    assert [file.name for file in folder.iterdir()] == [MARK]


# ---------------------------------------------------------------------------- the dates


def test_all_files_have_the_date_of_the_document(folder: Path) -> None:
    assert dates(folder) == [NOON] * 3

    put(folder, NEW, at=LATER)

    assert dates(folder) == [LATER] * 3


def test_other_bytes_of_the_same_length_and_date_get_another_date(
    folder: Path,
) -> None:
    corrected = OLD.replace("строят", "стрoят")  # A Latin letter in place of its twin.
    seen = {tuple(dates(folder))}

    for text in (corrected, OLD, corrected):
        put(folder, text)
        seen.add(tuple(dates(folder)))

    assert len(seen) == 4
    assert dates(folder) == [NOON + 3 * SECOND] * 3


def test_the_date_never_goes_back(folder: Path) -> None:
    put(folder, NEW, at=NOON - timedelta(days=1))

    assert dates(folder) == [NOON + SECOND] * 3


# ------------------------------------------------------------------------------ failing


@pytest.mark.parametrize("step", range(7))
def test_a_full_disk_leaves_the_old_files_intact(folder: Path, step: int) -> None:
    disk = BreakingDisk()
    output = FolderOutput("static", folder, disk)
    with output.claim():
        disk.steps.clear()
        disk.at = step
        with pytest.raises(OutputError, match=r'output "static": .* No space left'):
            output.put(a_copy(NEW))

    assert shown(folder) == {PATH: (OLD, OLD)}
    assert dates(folder) == [NOON] * 3
    assert hidden(folder) == []


class NoRename(BreakingDisk):
    """A disk that has no room for one of the renamings."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    @override
    def rename(self, draft: Path, file: Path) -> None:
        is_due = self.steps.count("rename") + 1 == self._number
        self.at = len(self.steps) if is_due else None
        try:
            super().rename(draft, file)
        finally:
            self.at = None


@pytest.mark.parametrize(("number", "twin"), [(1, OLD), (2, OLD), (3, "")])
def test_when_a_rename_fails_all_readers_get_the_old_state(
    folder: Path, number: int, twin: str
) -> None:
    output = FolderOutput("static", folder, NoRename(number))
    with output.claim(), pytest.raises(OutputError, match="No space left"):
        output.put(a_copy(NEW))

    assert shown(folder) == {PATH: (OLD, twin)}
    assert shown_in_brotli(folder) == ({PATH: OLD} if number == 1 else {})
    assert hidden(folder) == []

    put(folder, NEW)
    assert shown(folder) == {PATH: (NEW, NEW)}


def test_a_place_that_cannot_be_a_folder_is_told_with_its_remedy(
    tmp_path: Path,
) -> None:
    (tmp_path / "static").write_text("a file")
    output = FolderOutput("static", tmp_path / "static")

    with (
        pytest.raises(
            OutputError, match=r"static/\.publisher-output cannot be written"
        ),
        output.claim(),
    ):
        pass


def test_a_folder_in_place_of_the_file_leaves_the_twin_alone(folder: Path) -> None:
    (folder / PATH).unlink()
    (folder / PATH).mkdir()
    twin = (folder / f"{PATH}.gz").read_bytes()

    with pytest.raises(OutputError, match="directory"):
        put(folder, NEW)

    assert (folder / f"{PATH}.gz").read_bytes() == twin


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a disk of 64 kB that shows the old state; only root can mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if (
        os.geteuid() != 0
        or subprocess.run(mounting, check=False, capture_output=True).returncode
    ):
        pytest.skip("this machine does not let us mount a tmpfs")
    try:
        put(place, OLD)
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_really_full_leaves_the_old_pair_intact(
    small_disk: Path,
) -> None:
    with pytest.raises(OutputError, match="No space left"):
        put(small_disk, os.urandom(60_000).hex())

    assert shown(small_disk) == {PATH: (OLD, OLD)}
    assert hidden(small_disk) == []


def test_a_disk_that_may_only_be_read_leaves_the_old_pair_intact(
    small_disk: Path,
) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)

    with pytest.raises(OutputError, match="Read-only file system"):
        put(small_disk, NEW)

    assert shown(small_disk) == {PATH: (OLD, OLD)}
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    put(small_disk, NEW)
    assert shown(small_disk) == {PATH: (NEW, NEW)}


# ------------------------------------------------------------------------------ crashes


def killed(folder: Path, step: int, *text: str) -> bool:
    """Write a text, or remove it, in a process killed at a step; tell if it was."""
    module = "tests.feeds.outputs.killed"
    done = subprocess.run(
        [sys.executable, "-m", module, str(folder), str(step), *text],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode in {0, -9}, done.stderr.decode()
    return done.returncode == -9


@pytest.mark.slow
def test_a_process_killed_anywhere_leaves_whole_files_and_the_next_one_mends(
    tmp_path: Path,
) -> None:
    step = 0
    while True:
        folder = tmp_path / str(step)
        put(folder, OLD)
        was_killed = killed(folder, step, NEW)
        plain, twin = shown(folder)[PATH]
        assert plain in {OLD, NEW}
        assert twin in {OLD, NEW}
        assert set(shown_in_brotli(folder).values()) <= {OLD, NEW}
        put(folder, NEW)
        assert shown(folder) == {PATH: (NEW, NEW)}
        assert dates(folder) == [NOON + SECOND] * 3
        assert hidden(folder) == []
        if not was_killed:
            break
        step += 1
    assert step == 10


@pytest.mark.slow
def test_a_process_killed_while_removing_leaves_no_twin_without_its_file(
    tmp_path: Path,
) -> None:
    step = 0
    while True:
        folder = tmp_path / str(step)
        put(folder, OLD)
        was_killed = killed(folder, step)
        assert shown(folder).get(PATH, ("", "")) in {(OLD, OLD), (OLD, ""), ("", "")}
        output = FolderOutput("static", folder)
        with output.claim():
            output.remove(PATH)
        assert not shown(folder)
        assert not shown_in_brotli(folder)
        if not was_killed:
            break
        step += 1
    assert step >= 3


def test_what_others_keep_in_the_folder_is_not_swept(folder: Path) -> None:
    (folder / ".well-known.part").write_text("theirs")
    (folder / "feeds" / ".novosti.rss.0123abcd.part").write_text("ours")

    put(folder, NEW)

    assert hidden(folder) == [".well-known.part"]


def test_a_mark_that_a_crash_left_empty_gets_a_new_key(folder: Path) -> None:
    (folder / MARK).write_bytes(b"")
    output = FolderOutput("static", folder)

    with output.claim():
        assert len(output.key()) == 32


def test_a_key_is_asked_for_in_vain_before_the_first_claim(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="holds no key yet"):
        FolderOutput("static", tmp_path).key()


def test_a_mark_that_was_removed_meanwhile_locks_nothing(folder: Path) -> None:
    mine, other = FolderOutput("static", folder), FolderOutput("static", folder)

    with mine.claim():
        (folder / MARK).unlink()
        with other.claim() as is_others:
            assert is_others
