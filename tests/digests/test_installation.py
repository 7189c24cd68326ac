"""A restored store or a copy of the service sends nothing until an operator says so."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.clock import SteppedClock
from publisher.digests.doubts import Doubts
from publisher.digests.installation import Choice, Installation
from publisher.errors import PublisherError
from publisher.model.installation import Stop
from publisher.store import Store
from publisher.store.doubts import list_doubts
from tests.digests.desk import MORNING, Desk, RecordingTransport
from tests.store.databases import ADDRESS_SECRET

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
READERS = ("a@reader.example", "b@reader.example", "c@reader.example")


class Place:
    """A folder of a machine, with a store and what is remembered beside it."""

    def __init__(self, folder: Path, url: str, machine: str = "one") -> None:
        self.folder = folder
        self.url = url
        self.machine = machine
        self.clock = SteppedClock(MORNING)
        self.transport = RecordingTransport()

    @contextmanager
    def open(self) -> Iterator[tuple[Desk, Installation]]:
        """Start the service there, and stop it in the end."""
        store = Store(self.url, threads=2, address_secret=ADDRESS_SECRET)
        try:
            desk = Desk(store=store, clock=self.clock, transport=self.transport)
            yield desk, self.installation(store)
        finally:
            store.close()

    def installation(self, store: Store) -> Installation:
        return Installation(
            store=store,
            clock=self.clock,
            file=self.folder / "installation",
            host_key=self.machine,
            name=self.machine,
        )

    async def send(self, span: timedelta = timedelta(0)) -> list[str]:
        """Let time pass, do what is due, and return who was sent something now."""
        with self.open() as (desk, installation):
            before = len(self.transport.sent)
            self.clock.move(span)
            desk.planner.sweep()
            sender = desk.new_sender()
            sender.installation = installation
            await sender.send_ready()
            return sorted(one.recipient for one in self.transport.sent[before:])

    def publish(self, key: str) -> None:
        with self.open() as (desk, _):
            desk.publish(key)

    def stop(self) -> Stop | None:
        with self.open() as (_, installation):
            return installation.look().stop

    def confirm(self, choice: Choice = Choice.HOLD) -> int:
        with self.open() as (_, installation):
            return installation.confirm(choice)

    def doubts(self) -> int:
        with self.open() as (desk, _):
            return len(desk.store.query(list_doubts, 100))

    def back_up(self, to: Path) -> None:
        source, target = sqlite3.connect(self.file), sqlite3.connect(to)
        source.backup(target)
        source.close()
        target.close()

    def restore(self, copy: Path) -> None:
        for ending in ("", "-wal", "-shm"):
            self.file.with_name(self.file.name + ending).unlink(missing_ok=True)
        shutil.copy(copy, self.file)

    @property
    def file(self) -> Path:
        return Path(self.url.removeprefix("sqlite:///"))


@pytest.fixture
def place(tmp_path: Path, sqlite_url: str) -> Place:
    """Return a folder with a store in it, three readers and an article."""
    place = Place(tmp_path, sqlite_url)
    with place.open() as (desk, _):
        for email in READERS:
            desk.join(email)
        desk.publish("one")
    return place


async def test_the_first_start_on_a_new_store_needs_no_confirmation(
    place: Place,
) -> None:
    assert await place.send(HOUR) == list(READERS)
    place.publish("two")
    assert await place.send(DAY) == list(READERS)


@pytest.mark.slow
async def test_a_backup_made_after_everything_was_sent_just_goes_on(
    place: Place, tmp_path: Path
) -> None:
    await place.send(HOUR)
    place.back_up(tmp_path / "copy.db")
    place.restore(tmp_path / "copy.db")
    place.publish("two")

    assert await place.send(DAY) == list(READERS)


@pytest.fixture
async def restored(place: Place, tmp_path: Path) -> Place:
    """Return a place whose store is from before the second day's digest."""
    await place.send(HOUR)
    place.publish("two")
    place.back_up(tmp_path / "copy.db")
    assert await place.send(DAY) == list(READERS)
    place.restore(tmp_path / "copy.db")
    place.clock.move(timedelta(minutes=10))
    return place


async def test_a_restored_backup_sends_nothing_until_it_is_confirmed(
    restored: Place,
) -> None:
    assert await restored.send() == []
    assert restored.stop() is Stop.RESTORED
    assert await restored.send(HOUR) == []


async def test_what_the_backup_does_not_know_is_in_doubt_and_the_rest_is_sent(
    restored: Place,
) -> None:
    await restored.send()

    assert restored.confirm() == len(READERS)
    assert restored.doubts() == len(READERS)
    assert await restored.send() == []
    restored.publish("three")
    assert await restored.send(DAY) == list(READERS)


@pytest.mark.slow
async def test_what_was_held_after_a_restore_is_not_sent_again_by_policy(
    restored: Place,
) -> None:
    await restored.send()
    restored.confirm()

    with restored.open() as (desk, _):
        restored.clock.move(HOUR)
        doubts = Doubts(store=desk.store, clock=restored.clock, resends=True)
        assert doubts.resolve() == []

    assert restored.doubts() == len(READERS)


@pytest.mark.slow
async def test_an_operator_may_have_it_sent_once_more(restored: Place) -> None:
    await restored.send()

    restored.confirm(Choice.SEND)

    assert await restored.send() == list(READERS)
    assert await restored.send() == []


@pytest.mark.slow
async def test_an_operator_may_count_it_as_sent(restored: Place) -> None:
    await restored.send()

    assert restored.confirm(Choice.SENT) == len(READERS)

    assert restored.doubts() == 0
    assert await restored.send() == []
    restored.publish("three")
    assert await restored.send(DAY) == list(READERS)
    assert "two" not in restored.transport.sent[-1].message.decode()


@pytest.mark.parametrize("has_file", [True, False])
async def test_a_copy_on_another_machine_sends_nothing_and_the_original_goes_on(
    place: Place,
    tmp_path: Path,
    has_file: bool,  # noqa: FBT001 (a parameter)
) -> None:
    await place.send(HOUR)
    place.publish("two")
    folder = tmp_path / "copy"
    folder.mkdir()
    place.back_up(folder / "publisher.db")
    if has_file:
        shutil.copy(tmp_path / "installation", folder / "installation")
    clone = Place(folder, f"sqlite:///{folder / 'publisher.db'}", machine="two")

    clone.clock.move(HOUR)
    assert await clone.send(DAY) == []
    assert clone.stop() is (Stop.CLONED if has_file else Stop.NEW)
    assert await place.send(DAY) == list(READERS)
    assert clone.confirm() == len(READERS)
    assert await clone.send() == []


@pytest.mark.slow
async def test_a_lost_file_stops_sending(place: Place, tmp_path: Path) -> None:
    await place.send(HOUR)
    place.publish("two")
    (tmp_path / "installation").write_text("{ torn")

    assert await place.send(DAY) == []
    place.confirm(Choice.SEND)
    assert await place.send() == list(READERS)


async def test_machines_that_share_a_store_are_confirmed_once_each(
    place: Place, tmp_path: Path
) -> None:
    await place.send(HOUR)
    (tmp_path / "second").mkdir()
    second = Place(tmp_path / "second", place.url, machine="two")
    second.clock = place.clock

    assert second.stop() is Stop.NEW
    second.confirm(Choice.SEND)

    assert second.stop() is None
    assert place.stop() is None
    place.publish("two")
    assert await second.send(DAY) == list(READERS)
    place.publish("three")
    assert await place.send(DAY) == list(READERS)


@pytest.mark.slow
async def test_who_notices_a_restore_stops_all_and_one_word_lets_all_go_on(
    restored: Place, tmp_path: Path
) -> None:
    (tmp_path / "second").mkdir()
    second = Place(tmp_path / "second", restored.url, machine="two")
    second.clock = restored.clock
    await restored.send()

    assert second.stop() is Stop.RESTORED
    restored.confirm()

    assert restored.stop() is None
    with pytest.raises(PublisherError, match="nothing to confirm"):
        restored.confirm()


@pytest.mark.slow
async def test_a_new_store_in_an_old_folder_needs_no_confirmation(
    place: Place, sqlite_template: Path
) -> None:
    await place.send(HOUR)
    place.restore(sqlite_template)
    with place.open() as (desk, _):
        desk.join("new@reader.example")
        desk.publish("one")

    assert await place.send(HOUR) == ["new@reader.example"]
