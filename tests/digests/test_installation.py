"""A restored store or a copy of the service sends nothing until an operator says so."""

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from typing_extensions import override

from publisher.clock import SteppedClock
from publisher.digests.doubts import Doubts
from publisher.digests.installation import Choice, Installation
from publisher.errors import PublisherError
from publisher.mail.evidence.evidence import Evidence, Ours
from publisher.mail.evidence.mailbox import ReportMailbox
from publisher.mail.evidence.postfix_log import PostfixLog
from publisher.mail.transport import Begin, Envelope
from publisher.model.installation import Stop
from publisher.model.reply import Kind, Outcome, Phase
from publisher.store import Store
from publisher.store.doubts import list_doubts
from publisher.store.installations import mark_of
from tests.conftest import POSTGRES, SQLITE
from tests.digests.desk import MORNING, Desk, RecordingTransport
from tests.store.backups import Backup, back_up, restore
from tests.store.databases import (
    ADDRESS_SECRET,
    PostgresServer,
    copy_of,
    empty,
    open_store,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
READERS = ("a@reader.example", "b@reader.example", "c@reader.example")
LOST = Outcome(kind=Kind.DOUBT, phase=Phase.DOT, text="connection lost")
TAKEN = "qmgr[9]: {}: from=<b@g>, size=9, nrcpt=1"


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

    def back_up(self) -> Backup:
        with self.open() as (desk, _):
            return back_up(desk.store)

    def restore(self, backup: Backup) -> None:
        with open_store(self.url) as store:
            empty(store)
            restore(store, backup)


NewUrl = Callable[[], str]


@pytest.fixture(params=[SQLITE, POSTGRES])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewUrl]:
    """Return what makes an empty, migrated store, on each database in turn."""
    with ExitStack() as stack:

        def sqlite() -> str:
            folder = Path(tempfile.mkdtemp(dir=tmp_path))
            template: Path = request.getfixturevalue("sqlite_template")
            return f"sqlite:///{copy_of(template, folder)}"

        def postgres() -> str:
            server: PostgresServer = request.getfixturevalue("postgres")
            return stack.enter_context(server.database(is_migrated=True))

        yield sqlite if request.param == "sqlite" else postgres


@pytest.fixture
def place(tmp_path: Path, new_url: NewUrl) -> Place:
    """Return a folder of a machine, and a store with three readers and an article."""
    place = Place(tmp_path, new_url())
    with place.open() as (desk, _):
        for email in READERS:
            desk.join(email)
        desk.publish("one")
    return place


def test_machines_that_begin_at_one_moment_agree_which_store_it_is(
    place: Place, tmp_path: Path
) -> None:
    machines = 6
    start = threading.Barrier(machines)

    def begin(number: int) -> bool:
        folder = tmp_path / f"machine-{number}"
        machine = Place(folder, place.url, machine=f"machine-{number}")
        with machine.open() as (_, installation):
            start.wait()
            if not installation.may_send():
                return False
            installation.advance()
            return installation.may_send()

    with ThreadPoolExecutor(machines) as pool:
        may_send = list(pool.map(begin, range(machines)))

    with place.open() as (desk, _):
        mark = desk.store.query(mark_of)
    assert any(may_send)
    assert mark is not None
    assert mark.counter == sum(may_send)


async def test_the_first_start_on_a_new_store_needs_no_confirmation(
    place: Place,
) -> None:
    assert await place.send(HOUR) == list(READERS)
    place.publish("two")
    assert await place.send(DAY) == list(READERS)


@pytest.mark.slow
async def test_a_backup_made_after_everything_was_sent_just_goes_on(
    place: Place,
) -> None:
    await place.send(HOUR)
    place.restore(place.back_up())
    place.publish("two")

    assert await place.send(DAY) == list(READERS)


@pytest.fixture
async def restored(place: Place) -> Place:
    """Return a place whose store is from before the second day's digest."""
    await place.send(HOUR)
    place.publish("two")
    backup = place.back_up()
    assert await place.send(DAY) == list(READERS)
    place.restore(backup)
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


@pytest.mark.slow
@pytest.mark.parametrize("has_file", [True, False])
async def test_a_copy_on_another_machine_sends_nothing_and_the_original_goes_on(
    place: Place,
    tmp_path: Path,
    new_url: NewUrl,
    has_file: bool,  # noqa: FBT001 (a parameter)
) -> None:
    await place.send(HOUR)
    place.publish("two")
    folder = tmp_path / "copy"
    folder.mkdir()
    if has_file:
        shutil.copy(tmp_path / "installation", folder / "installation")
    clone = Place(folder, new_url(), machine="two")
    clone.restore(place.back_up())

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


async def test_a_backup_made_before_the_first_digest_sends_it_not_once_more(
    place: Place,
) -> None:
    """Nothing was sent from it, but its readers are older than the last sending."""
    backup = place.back_up()
    assert await place.send(HOUR) == list(READERS)

    place.restore(backup)

    assert place.stop() is Stop.RESTORED
    assert await place.send(timedelta(minutes=10)) == []


@pytest.mark.slow
async def test_a_new_store_in_an_old_folder_needs_no_confirmation(
    place: Place,
) -> None:
    await place.send(HOUR)
    with open_store(place.url) as store:
        empty(store)
    with place.open() as (desk, _):
        desk.join("new@reader.example")
        desk.publish("one")

    assert await place.send(HOUR) == ["new@reader.example"]


def message_ids(sent: Sequence[Envelope]) -> list[str]:
    messages = (message_from_bytes(one.message) for one in sent)
    return [str(message["Message-ID"]) for message in messages]


@pytest.fixture
async def anew(restored: Place) -> Place:
    """Return a place that has sent what the lost store had sent before, once more."""
    await restored.send()
    restored.confirm(Choice.SEND)
    assert await restored.send() == list(READERS)
    return restored


@pytest.mark.slow
async def test_numbers_that_come_again_name_other_messages(anew: Place) -> None:
    lost, new = anew.transport.sent[-6:-3], anew.transport.sent[-3:]

    numbers = {one.key.partition("-")[0] for one in new}
    assert numbers == {one.key for one in lost}
    assert {one.key for one in new}.isdisjoint(one.key for one in lost)
    assert {one.sender for one in new}.isdisjoint(one.sender for one in lost)
    assert set(message_ids(new)).isdisjoint(message_ids(lost))
    assert [one.envelope_id for one in new] == [one.key for one in new]


@pytest.mark.slow
@pytest.mark.slow
async def test_what_is_composed_later_is_of_the_same_generation(anew: Place) -> None:
    before = {one.key.partition("-")[2] for one in anew.transport.sent[-3:]}
    anew.publish("three")
    await anew.send(DAY)

    after = {one.key.partition("-")[2] for one in anew.transport.sent[-3:]}
    assert before == after
    assert len(after) == 1


class Witnessed(RecordingTransport):
    """Takes messages, and its reply is lost each time."""

    @override
    async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
        outcome = await super().send(envelope, begin)
        return LOST if outcome.kind is Kind.SENT else outcome


def in_log(path: Path, sent: Sequence[Envelope], at: datetime) -> None:
    """Write down what was taken, as Postfix does."""
    with path.open("a", encoding="utf-8") as log:
        for number, written in enumerate(message_ids(sent)):
            queue_id = f"4F9D1954{number:03X}"
            for said in (f"cleanup[8]: {queue_id}: message-id={written}", TAKEN):
                log.write(f"{at.isoformat()} mx postfix/{said.format(queue_id)}\n")


def as_copies(path: Path, sent: Sequence[Envelope], at: datetime) -> None:
    """Put a copy of what was taken into a Maildir."""
    (path / "new").mkdir(parents=True, exist_ok=True)
    for one in sent:
        file = path / "new" / f"{one.key}.eml"
        file.write_bytes(one.message)
        os.utime(file, (at.timestamp(), at.timestamp()))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "take"), [(PostfixLog, in_log), (ReportMailbox, as_copies)]
)
async def test_what_the_lost_store_sent_ends_no_doubt_of_the_new_one(
    restored: Place,
    tmp_path: Path,
    kind: Callable[..., Evidence],
    take: Callable[[Path, Sequence[Envelope], datetime], None],
) -> None:
    await restored.send()
    restored.confirm(Choice.SEND)
    by_the_lost = restored.transport.sent[-3:]
    restored.transport = Witnessed()
    await restored.send()
    with restored.open() as (desk, _):
        path, ours = tmp_path / "taken", Ours((desk.tokens.secret,))
        evidence = [kind(name="relay", path=path, ours=ours)]
        doubts = Doubts(store=desk.store, clock=desk.clock, evidence=evidence)
        take(path, by_the_lost, desk.clock.now())
        before = doubts.resolve()
        take(path, restored.transport.sent, desk.clock.now())

        after = doubts.resolve()

    assert before == []
    assert [one.state for one in after] == ["sent"] * 3


@pytest.mark.slow
async def test_a_retry_keeps_its_name_when_another_machine_is_confirmed(
    place: Place, tmp_path: Path
) -> None:
    later = Outcome(kind=Kind.RETRY, phase=Phase.DOT, code=451, text="later")
    place.transport.answers = [later] * 3
    assert await place.send(HOUR) == []
    (tmp_path / "second").mkdir()
    second = Place(tmp_path / "second", place.url, machine="two")
    second.clock = place.clock
    second.confirm(Choice.SEND)

    assert await second.send(HOUR) == list(READERS)
    assert {one.key for one in second.transport.sent} == {"1", "2", "3"}
