"""What an editor breaks is told and not used; what worked last stays in use."""

import logging
import shutil
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from publisher.errors import TemplateError
from publisher.rendering.freezing import MAX_BYTES, FrozenTemplates
from publisher.rendering.templates import Renderer
from tests.scarcity import full_disk

NAME = "web/page.html"


def write(folder: Path, text: str, name: str = NAME) -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def shown(folder: Path | None) -> str:
    assert folder is not None
    return Renderer(folder).page(NAME, "ru", title="Мост")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    write(folder, "<p>{{ title }}</p>")
    return folder


@pytest.fixture
def frozen(own: Path, tmp_path: Path) -> FrozenTemplates:
    return FrozenTemplates(own, tmp_path / "kept", shown)


def test_what_works_is_used(frozen: FrozenTemplates) -> None:
    assert shown(frozen.refresh()) == "<p>Мост</p>"


def test_what_is_saved_later_is_used_from_the_next_look_on(
    own: Path, frozen: FrozenTemplates
) -> None:
    frozen.refresh()
    write(own, "<b>{{ title }}</b>")

    assert shown(frozen.current()) == "<p>Мост</p>"
    assert shown(frozen.refresh()) == "<b>Мост</b>"


def test_what_is_broken_is_told_once_with_the_editors_file_and_line(
    own: Path, frozen: FrozenTemplates, caplog: pytest.LogCaptureFixture
) -> None:
    frozen.refresh()
    write(own, "<p>\n{{ titel }}</p>")

    with caplog.at_level(logging.ERROR):
        assert shown(frozen.refresh()) == "<p>Мост</p>"
        frozen.refresh()

    [told] = [record.getMessage() for record in caplog.records]
    assert f"{own}/{NAME}:2: 'titel' is undefined" in told


def test_what_worked_last_outlives_a_restart(
    own: Path, frozen: FrozenTemplates, tmp_path: Path
) -> None:
    frozen.refresh()
    write(own, "{{ nothing }}")

    again = FrozenTemplates(own, tmp_path / "kept", shown)

    assert shown(again.refresh()) == "<p>Мост</p>"


def test_a_first_version_that_does_not_work_is_not_used(
    own: Path, frozen: FrozenTemplates
) -> None:
    write(own, "{{ nothing }}")

    assert frozen.refresh() is None


def test_a_folder_that_went_away_changes_nothing(
    own: Path, frozen: FrozenTemplates
) -> None:
    frozen.refresh()
    shutil.rmtree(own)

    assert shown(frozen.refresh()) == "<p>Мост</p>"


def test_a_mended_template_is_used_again(own: Path, frozen: FrozenTemplates) -> None:
    frozen.refresh()
    write(own, "{{ nothing }}")
    frozen.refresh()
    write(own, "<i>{{ title }}</i>")

    assert shown(frozen.refresh()) == "<i>Мост</i>"


def test_what_editors_leave_beside_a_file_is_not_looked_at(
    own: Path, frozen: FrozenTemplates
) -> None:
    before = frozen.refresh()
    write(own, "x", "web/.page.html.swp")
    write(own, "x", "web/page.html~")

    assert frozen.refresh() == before


def test_a_folder_full_of_other_things_is_refused(
    own: Path, frozen: FrozenTemplates, caplog: pytest.LogCaptureFixture
) -> None:
    write(own, "x" * (MAX_BYTES + 1), "film.txt")

    assert frozen.refresh() is None
    assert "keep other things elsewhere" in caplog.text


def test_an_error_in_trying_leaves_no_copy_behind(
    own: Path, frozen: FrozenTemplates, tmp_path: Path
) -> None:
    frozen.refresh()
    write(own, "{{ nothing }}")
    frozen.refresh()

    assert len([p for p in (tmp_path / "kept").iterdir() if p.is_dir()]) == 1


def test_a_disk_that_is_full_is_told_once_and_left_as_it_was(
    own: Path,
    frozen: FrozenTemplates,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = frozen.refresh()
    write(own, "<b>{{ title }}</b>")

    with full_disk():
        looks = [frozen.refresh() for _ in range(3)]

    kept = tmp_path / "kept"
    assert looks == [before] * 3
    assert [path for path in kept.iterdir() if path.is_dir()] == [before]
    [told] = [record.getMessage() for record in caplog.records]
    assert told == f"templates.not_taken reason={kept}: File too large"
    assert shown(frozen.refresh()) == "<b>Мост</b>"


def test_trying_may_refuse_for_any_reason_of_its_own(own: Path, tmp_path: Path) -> None:
    def refuse(folder: Path) -> None:
        msg = f"{folder}/{NAME}: it has no link to leave"
        raise TemplateError(msg)

    assert FrozenTemplates(own, tmp_path / "kept", refuse).refresh() is None


def test_only_the_last_two_that_worked_are_kept(
    own: Path, frozen: FrozenTemplates, tmp_path: Path
) -> None:
    for number in range(5):
        write(own, f"<p>{number}</p>")
        frozen.refresh()

    assert len([p for p in (tmp_path / "kept").iterdir() if p.is_dir()]) == 2


def test_several_processes_may_look_at_once(own: Path, tmp_path: Path) -> None:
    for number in range(20):
        write(own, f"<p>{number}</p>")
        looks = [FrozenTemplates(own, tmp_path / "kept", shown) for _ in range(8)]
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(FrozenTemplates.refresh, looks))

        assert {shown(folder) for folder in found} == {f"<p>{number}</p>"}


def test_a_process_that_waited_for_another_looks_again(
    own: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    waits: list[Future[Path | None]] = []

    def let_another_wait(folder: Path) -> None:
        shown(folder)
        waits.append(threads.submit(FrozenTemplates(own, kept, shown).refresh))
        time.sleep(0.1)  # It has seen the folder as it was, and waits.
        write(own, "<b>new</b>")

    with ThreadPoolExecutor(1) as threads:
        FrozenTemplates(own, kept, let_another_wait).refresh()

    assert [shown(wait.result()) for wait in waits] == ["<b>new</b>"]


def test_what_a_killed_process_left_half_written_is_swept(
    frozen: FrozenTemplates, tmp_path: Path
) -> None:
    write(tmp_path / "kept" / ".half", "<p>", NAME)

    assert shown(frozen.refresh()) == "<p>Мост</p>"
    assert not (tmp_path / "kept" / ".half").exists()
