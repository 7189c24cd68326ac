"""An output gets every change, in order, whatever was down, never an older state."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from publisher.clock import SteppedClock
from publisher.feeds.outputs.folder import FolderOutput
from publisher.feeds.outputs.mirror import LONGEST_PAUSE, RESCAN, Mirror
from publisher.feeds.outputs.output import Copy, OutputError
from publisher.store import Store
from tests.builders import MORNING, a_rubric, a_tree
from tests.effort import effort
from tests.feeds.outputs.copies import BreakingDisk, shown
from tests.feeds.outputs.press import Press, Watched, finish
from tests.store.databases import empty

NOVOSTI, SPORT = "feeds/novosti.rss", "feeds/sport.rss"


@pytest.fixture
def press(store: Store, clock: SteppedClock) -> Press:
    """Return a newsroom on each database in turn."""
    return Press(store, clock)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a place for an output; there is nothing yet."""
    return tmp_path / "static"


def texts(folder: Path) -> dict[str, str]:
    """Return what a folder shows; the twins must agree with their files."""
    found = shown(folder)
    assert all(plain == twin for plain, twin in found.values())
    return {path: plain for path, (plain, _) in found.items()}


# ----------------------------------------------------------------------- what is copied


def test_exactly_the_changed_documents_are_copied_in_the_order_of_changes(
    press: Press, folder: Path
) -> None:
    output = Watched(FolderOutput("static", folder))
    mirror = press.mirror_to(output)
    press.publish("Спорт 1", "sport")
    press.publish("Новости 1", "novosti")
    press.publish("Футбол 1", "futbol")
    finish(mirror)
    assert output.asked == ["feeds/sport.rss", "feeds/novosti.rss", "feeds/futbol.rss"]

    output.asked.clear()
    press.publish("Футбол 2", "futbol")
    press.publish("Спорт 2", "sport")
    finish(mirror)

    assert output.asked == ["feeds/futbol.rss", "feeds/sport.rss"]
    assert texts(folder) == {
        NOVOSTI: "Новости 1",
        SPORT: "Спорт 2",
        "feeds/futbol.rss": "Футбол 2",
    }


def test_a_mirror_with_nothing_to_do_leaves_the_output_alone(
    press: Press, folder: Path
) -> None:
    press.publish("Новости 1")
    mirror = press.mirror(folder)
    finish(mirror)
    shutil.rmtree(folder)

    assert not mirror.copy_some().copied
    assert not folder.exists()


def test_batches_end_where_they_are_told_to_and_nothing_is_left_out(
    press: Press, folder: Path
) -> None:
    for key in ("novosti", "sport", "futbol", "politika", "obshchestvo"):
        press.publish(key, key)
    mirror = press.mirror(folder)

    reports = [mirror.copy_some(2) for _ in range(4)]

    assert [report.copied for report in reports] == [2, 2, 1, 0]
    assert [report.has_more for report in reports] == [True, True, False, False]
    assert len(texts(folder)) == 5


def test_what_changed_while_nothing_ran_is_caught_up_with(
    press: Press, folder: Path
) -> None:
    press.publish("Новости 1")
    press.publish("Спорт 1", "sport")
    finish(press.mirror(folder))
    press.publish("Новости 2")
    press.publish("Новости 3")

    output = Watched(FolderOutput("static", folder))
    finish(press.mirror_to(output))

    assert output.asked == [NOVOSTI]
    assert texts(folder) == {NOVOSTI: "Новости 3", SPORT: "Спорт 1"}


def test_an_emptied_or_replaced_folder_gets_everything(
    press: Press, folder: Path, tmp_path: Path
) -> None:
    press.publish("Новости 1")
    press.publish("Спорт 1", "sport")
    finish(press.mirror(folder))
    expected = texts(folder)

    shutil.rmtree(folder)
    finish(press.mirror(folder))
    finish(press.mirror(tmp_path / "other machine"))

    assert texts(folder) == texts(tmp_path / "other machine") == expected


def test_a_folder_replaced_while_a_mirror_runs_is_filled_with_the_next_change(
    press: Press, folder: Path
) -> None:
    for key in ("sport", "futbol", "novosti"):
        press.publish(f"{key} 1", key)
    mirror = press.mirror(folder)
    finish(mirror)
    shutil.rmtree(folder)

    press.publish("novosti 2")
    finish(mirror, limit=1)

    assert texts(folder) == {
        NOVOSTI: "novosti 2",
        SPORT: "sport 1",
        "feeds/futbol.rss": "futbol 1",
    }


def test_a_folder_that_was_removed_is_filled_without_a_change(
    press: Press, folder: Path
) -> None:
    press.publish("Новости 1")
    mirror = press.mirror(folder)
    finish(mirror)
    shutil.rmtree(folder)

    press.clock.move(RESCAN)
    finish(mirror)

    assert texts(folder) == {NOVOSTI: "Новости 1"}


def test_copying_all_again_repairs_what_somebody_damaged(
    press: Press, folder: Path
) -> None:
    press.publish("Новости 1")
    press.publish("Спорт 1", "sport")
    mirror = press.mirror(folder)
    finish(mirror)
    (folder / NOVOSTI).write_text("<rss>чужое</rss>")
    (folder / SPORT).unlink()
    assert mirror.count_waiting() == 0

    mirror.copy_again()

    assert mirror.count_waiting() == 2
    finish(mirror)
    assert texts(folder) == {NOVOSTI: "Новости 1", SPORT: "Спорт 1"}


# ------------------------------------------------------------------- moves and closings


def test_a_moved_document_leaves_its_old_path(press: Press, folder: Path) -> None:
    press.publish("Футбол 1", "futbol", path="sport/futbol")
    mirror = press.mirror(folder)
    finish(mirror)

    press.publish("Футбол 2", "futbol", path="igry/futbol")
    finish(mirror)

    assert texts(folder) == {"feeds/igry/futbol.rss": "Футбол 2"}
    assert list(press.held()) == ["/feeds/igry/futbol.rss"]
    assert not (folder / "feeds" / "sport").exists()


def test_two_documents_may_swap_their_paths(press: Press, folder: Path) -> None:
    press.publish("Новости 1", "novosti")
    press.publish("Спорт 1", "sport")
    mirror = press.mirror(folder)
    finish(mirror)

    press.publish("Новости 2", "novosti", path="sport")
    press.publish("Спорт 2", "sport", path="novosti")
    finish(mirror, limit=1)

    assert texts(folder) == {NOVOSTI: "Спорт 2", SPORT: "Новости 2"}


def test_where_two_documents_meet_the_later_change_stays(
    press: Press, folder: Path
) -> None:
    press.publish("Новости 1", "novosti")
    press.publish("Спорт 1", "sport", path="novosti")
    mirror = press.mirror(folder)

    finish(mirror)
    mirror.copy_again()
    finish(mirror)
    finish(press.mirror(folder))

    assert texts(folder) == {NOVOSTI: "Спорт 1"}


def test_a_closed_rubric_is_left_to_the_service(press: Press, folder: Path) -> None:
    press.publish("Новости 1")
    press.publish("Спорт 1", "sport")
    mirror = press.mirror(folder)
    finish(mirror)

    press.newsroom.plant(a_tree(a_rubric("novosti"), a_rubric("sport", is_closed=True)))
    press.clock.move(RESCAN)
    finish(mirror)
    assert texts(folder) == {NOVOSTI: "Новости 1"}

    press.newsroom.plant(a_tree(a_rubric("novosti"), a_rubric("sport")))
    finish(press.mirror(folder))
    assert texts(folder) == {NOVOSTI: "Новости 1", SPORT: "Спорт 1"}


def test_a_language_that_is_gone_is_left_to_the_service(
    press: Press, folder: Path
) -> None:
    press.publish("Все", "sport")
    press.publish("Қазақша", "sport.kk")
    finish(press.mirror(folder))
    mirror = press.mirror(folder)
    mirror.languages = ("ru",)

    finish(mirror)

    assert texts(folder) == {SPORT: "Все"}


# -------------------------------------------------------------------- crash and failure


class CrashError(Exception):
    """The process ends here."""


def crash() -> None:
    """Let nothing after this happen."""
    raise CrashError


@pytest.mark.parametrize("step", range(12))
def test_a_path_of_a_copy_that_nobody_recorded_is_not_forgotten(
    press: Press, folder: Path, step: int
) -> None:
    disk = BreakingDisk(happens=crash)
    broken = press.mirror(folder, disk)
    with broken.output.claim():
        disk.steps.clear()
    disk.at = step
    press.publish("Футбол 1", "futbol", path="sport/futbol")
    with suppress(CrashError):
        broken.copy_some()

    press.publish("Футбол 2", "futbol", path="igry/futbol")
    finish(press.mirror(folder))

    assert texts(folder) == {"feeds/igry/futbol.rss": "Футбол 2"}


class Refusing(FolderOutput):
    """A folder in which one path cannot be written."""

    refused = NOVOSTI

    @override
    def put(self, copy: Copy) -> None:
        if copy.path == self.refused:
            msg = f"{copy.path}: Input/output error"
            raise OutputError(msg)
        super().put(copy)


def test_a_document_that_fails_steps_aside_and_is_tried_again(
    press: Press, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "publisher.feeds.outputs")
    output = Refusing("static", folder)
    mirror = press.mirror_to(output)
    press.publish("Новости 1", "novosti")
    press.publish("Спорт 1", "sport")

    report = mirror.copy_some()

    assert (report.copied, len(report.failures)) == (1, 1)
    assert texts(folder) == {SPORT: "Спорт 1"}
    assert "output.failed output=static reason=" in caplog.text
    assert "output.mirrored output=static documents=1 removed=0" in caplog.text
    assert not mirror.copy_some().failures

    press.publish("Спорт 2", "sport")
    assert mirror.copy_some().copied == 1
    output.refused = ""
    press.clock.move(timedelta(seconds=1))
    assert mirror.copy_some().copied == 1
    assert texts(folder) == {NOVOSTI: "Новости 1", SPORT: "Спорт 2"}


def test_an_output_that_is_down_is_tried_less_and_less_often(
    press: Press, tmp_path: Path
) -> None:
    (tmp_path / "static").write_text("no folder")
    mirror = press.mirror(tmp_path / "static")
    press.publish("Новости 1")
    began = press.clock.now()

    tries = []
    for _ in range(400):
        if mirror.copy_some().failures:
            tries.append((press.clock.now() - began).total_seconds())
        press.clock.move(timedelta(seconds=1))

    assert tries[:8] == [0, 1, 3, 7, 15, 31, 63, 123]
    (tmp_path / "static").unlink()
    press.clock.move(LONGEST_PAUSE)
    assert mirror.copy_some().copied == 1


def test_a_clock_that_is_set_back_makes_no_pause_of_an_output_longer(
    press: Press, tmp_path: Path
) -> None:
    (tmp_path / "static").write_text("no folder")
    mirror = press.mirror(tmp_path / "static")
    press.publish("Новости 1")
    assert mirror.copy_some().failures
    press.clock.move(-timedelta(days=1))
    (tmp_path / "static").unlink()

    assert mirror.copy_some().copied == 1


def test_a_clock_that_is_set_back_makes_no_pause_of_a_document_longer(
    press: Press, folder: Path
) -> None:
    output = Refusing("static", folder)
    mirror = press.mirror_to(output)
    press.publish("Новости 1", "novosti")
    assert mirror.copy_some().failures
    press.clock.move(-timedelta(days=1))
    output.refused = ""

    assert mirror.copy_some().copied == 1


def test_a_full_disk_stops_the_batch_and_leaves_the_other_output_alone(
    press: Press, tmp_path: Path
) -> None:
    disk = BreakingDisk()
    full, fine = press.mirror(tmp_path / "full", disk), press.mirror(tmp_path / "fine")
    keys = ("novosti", "sport", "futbol", "politika", "obshchestvo", "vektor")
    for key in keys:
        press.publish("1", key)
    full.copy_some(1)
    disk.at = len(disk.steps)

    report = full.copy_some()
    finish(fine)

    assert len(report.failures) == 3
    assert len(texts(tmp_path / "full")) == 1
    assert len(texts(tmp_path / "fine")) == 6
    disk.at = None
    press.clock.move(timedelta(seconds=1))
    finish(full)
    assert texts(tmp_path / "full") == texts(tmp_path / "fine")


# ---------------------------------------------------------------------- several at once


class Slow(FolderOutput):
    """A folder that takes its time to write what it was given."""

    def __init__(self, folder: Path) -> None:
        super().__init__("static", folder)
        self.is_asked = threading.Event()
        self.may_write = threading.Event()

    @override
    def put(self, copy: Copy) -> None:
        self.is_asked.set()
        assert self.may_write.wait(10)
        super().put(copy)


def test_no_older_state_is_written_over_a_newer_one_by_a_slow_mirror(
    press: Press, folder: Path
) -> None:
    slow, quick = Slow(folder), press.mirror(folder)
    press.publish("Новости 1")
    with ThreadPoolExecutor(1) as threads:
        done = threads.submit(press.mirror_to(slow).copy_some)
        assert slow.is_asked.wait(10)
        press.publish("Новости 2")
        assert quick.copy_some().is_busy
        slow.may_write.set()
        done.result()

    finish(quick)

    assert texts(folder) == {NOVOSTI: "Новости 2"}


@pytest.mark.slow
def test_mirrors_in_threads_end_with_the_last_state(press: Press, folder: Path) -> None:
    last = 30
    is_done = threading.Event()

    def copy(mirror: Mirror) -> None:
        while not is_done.is_set():
            assert not mirror.copy_some().failures

    with ThreadPoolExecutor(3) as threads:
        running = [threads.submit(copy, press.mirror(folder)) for _ in range(3)]
        for number in range(1, last + 1):
            press.publish(f"Новости {number}", "novosti")
            press.publish(f"Спорт {number}", "sport", path=f"s{number % 3}")
        is_done.set()
        for mirror in running:
            mirror.result()
    finish(press.mirror(folder))

    assert texts(folder) == {
        NOVOSTI: f"Новости {last}",
        f"feeds/s{last % 3}.rss": f"Спорт {last}",
    }


PUBLISH = st.tuples(
    st.sampled_from(["novosti", "sport", "futbol"]),
    st.sampled_from(["a", "b", "a/c", "d"]),
    st.integers(1, 3),
)
MIRROR = st.tuples(st.integers(0, 1), st.integers(1, 3), st.none() | st.integers(0, 12))


@effort(15)
@given(st.lists(PUBLISH | MIRROR, max_size=25))
def test_after_any_history_the_output_shows_what_is_up(
    sqlite_store: Store,
    tmp_path_factory: pytest.TempPathFactory,
    history: list[tuple[str, str, int] | tuple[int, int, int | None]],
) -> None:
    empty(sqlite_store)
    folder = tmp_path_factory.mktemp("static")
    press = Press(sqlite_store, SteppedClock(MORNING))
    disks = [BreakingDisk(), BreakingDisk()]
    mirrors = [press.mirror(folder, disk) for disk in disks]
    up: dict[str, tuple[str, str]] = {}
    for number, event in enumerate(history):
        if isinstance(event[0], str):
            key, path, _ = event
            if path not in {p for k, (p, _) in up.items() if k != key}:
                press.publish(f"{key} {number}", key, path=str(path))
                up[key] = str(path), f"{key} {number}"
        else:
            which, limit, fails_at = event
            disk = disks[which]
            disk.at = None if fails_at is None else len(disk.steps) + fails_at
            mirrors[which].copy_some(int(limit))
            disk.at = None
            press.clock.move(timedelta(seconds=2))

    finish(press.mirror(folder), limit=2)

    assert texts(folder) == {f"feeds/{path}.rss": text for path, text in up.values()}
