"""A restored store or a copy of the service sends nothing until an operator says so."""

import logging
import shutil
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from publisher.digests.doubts import Doubts
from publisher.digests.installation import SETTLING, Choice
from publisher.errors import PublisherError
from publisher.mail.evidence.evidence import Evidence
from publisher.mail.evidence.mailbox import ReportMailbox
from publisher.mail.evidence.postfix_log import PostfixLog
from publisher.mail.transport import Envelope
from publisher.model.installation import Stop
from publisher.model.reply import Kind, Outcome, Phase
from publisher.store.installations import mark_of
from tests.digests.machines import NewUrl, Place, ended_as_taken
from tests.digests.traces import Witnessed, as_copies, in_log, message_ids
from tests.store.databases import empty, open_store

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
READERS = ("a@reader.example", "b@reader.example", "c@reader.example")


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


def test_processes_that_count_at_one_moment_share_no_draft(
    place: Place, tmp_path: Path
) -> None:
    """As threads they have one process id: so have those of two containers."""
    processes, times = 4, 10
    start = threading.Barrier(processes)
    with place.open() as (_, installation):
        assert installation.may_send()

    def count(_number: int) -> None:
        with place.open() as (_, installation):
            start.wait()
            for _round in range(times):
                installation.advance()

    with ThreadPoolExecutor(processes) as pool:
        list(pool.map(count, range(processes)))

    with place.open() as (desk, _):
        mark = desk.store.query(mark_of)
    assert mark is not None
    assert mark.counter == processes * times
    assert sorted(p.name for p in tmp_path.iterdir() if "inst" in p.name) == [
        "installation"
    ]


def test_who_starts_before_another_has_written_its_mark_down_tells_of_no_stop(
    place: Place, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "publisher.digests")
    with place.open() as (desk, first):
        assert first.may_send()
        unwritten = (tmp_path / "installation").rename(tmp_path / "unwritten")
        second = place.installation(desk.store)
        assert not second.may_send()
        assert not second.may_send()
        unwritten.rename(tmp_path / "installation")

        assert second.may_send()

    assert caplog.messages == []


def test_who_is_still_new_after_a_moment_tells_so_once(
    place: Place, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with place.open() as (desk, first):
        assert first.may_send()
        (tmp_path / "installation").unlink()
        second = place.installation(desk.store)
        for _ in range(3):
            assert not second.may_send()
            place.clock.move(SETTLING)

    [told] = caplog.messages
    assert told.startswith("sending.stopped why=new ")


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

    lots = (by_the_lost, restored.transport.sent)
    before, after = ended_as_taken(restored, tmp_path / "taken", kind, take, lots)

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
