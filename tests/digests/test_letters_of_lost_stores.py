"""Letters of a restored store or a copy wait for a word, and no name comes again."""

import shutil
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from publisher.digests.doubts import Doubts
from publisher.digests.installation import Choice
from publisher.mail.evidence.evidence import Evidence, Ours
from publisher.mail.evidence.mailbox import ReportMailbox
from publisher.mail.evidence.postfix_log import PostfixLog
from publisher.mail.message_name import LetterName
from publisher.mail.return_path import name_in_return_path
from publisher.mail.transport import Envelope
from publisher.model.delivery import DeliveryState
from publisher.model.installation import Stop
from publisher.model.reply import Kind, Outcome, Phase
from tests.digests.machines import NewUrl, Place, ended_as_taken
from tests.digests.traces import Witnessed, as_copies, in_log, message_ids

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LATER = Outcome(kind=Kind.RETRY, phase=Phase.DOT, code=451, text="later")
SENT, HELD, WAITING = DeliveryState.SENT, DeliveryState.HELD, DeliveryState.WAITING
A, B, C, D = (f"{name}@reader.example" for name in "abcd")


@pytest.fixture
def place(tmp_path: Path, new_url: NewUrl) -> Place:
    """Return a folder of a machine and a store, with a letter that waits."""
    place = Place(tmp_path, new_url())
    place.post(A)
    return place


@pytest.fixture
async def restored(place: Place) -> Place:
    """Return a place whose store is from before the second and the third letter went.

    It knows the second one, not the third; a fourth, posted since, has its number.
    """
    await place.send_letters()
    place.post(B)
    backup = place.back_up()
    place.post(C)
    assert await place.send_letters(MINUTE) == [B, C]
    place.restore(backup)
    place.clock.move(10 * MINUTE)
    place.post(D)
    return place


async def test_a_restored_store_sends_no_letter_until_it_is_confirmed(
    restored: Place,
) -> None:
    assert await restored.send_letters() == []
    assert restored.stop() is Stop.RESTORED
    assert await restored.send_letters(HOUR) == []

    restored.confirm()

    assert restored.letter_states() == [SENT, HELD, WAITING]
    assert await restored.send_letters() == [D]


async def test_a_letter_that_has_the_number_of_a_lost_one_has_another_name(
    restored: Place,
) -> None:
    await restored.send_letters()
    restored.confirm(Choice.SEND)
    lost = restored.transport.sent[-2:]

    assert await restored.send_letters() == [B, D]

    new = restored.transport.sent[-2:]
    assert {one.key for one in lost} == {"letter-2", "letter-3"}
    assert {one.key[: len("letter-2")] for one in new} == {"letter-2", "letter-3"}
    assert {one.key for one in new}.isdisjoint(one.key for one in lost)
    assert {one.sender for one in new}.isdisjoint(one.sender for one in lost)
    assert set(message_ids(new)).isdisjoint(message_ids(lost))


async def test_envelope_return_path_and_message_id_carry_one_name(
    restored: Place,
) -> None:
    await restored.send_letters()
    restored.confirm()
    await restored.send_letters()

    with restored.open() as (desk, _):
        secret = desk.tokens.secret
    envelope = restored.transport.sent[-1]
    name = name_in_return_path(envelope.sender, secret)
    assert isinstance(name, LetterName)
    assert name.generation
    assert envelope.envelope_id == envelope.key == str(name)
    assert Ours((secret,)).name_of(message_ids([envelope])[0]) == name


@pytest.mark.slow
@pytest.mark.parametrize("has_file", [True, False])
async def test_a_copy_on_another_machine_sends_no_letter_and_the_original_goes_on(
    place: Place,
    tmp_path: Path,
    new_url: NewUrl,
    has_file: bool,  # noqa: FBT001 (a parameter)
) -> None:
    await place.send_letters()
    place.post(B)
    folder = tmp_path / "copy"
    folder.mkdir()
    if has_file:
        shutil.copy(tmp_path / "installation", folder / "installation")
    clone = Place(folder, new_url(), machine="two")
    clone.restore(place.back_up())

    assert await clone.send_letters(HOUR) == []
    assert clone.stop() is (Stop.CLONED if has_file else Stop.NEW)
    assert await place.send_letters() == [B]
    clone.confirm()

    assert clone.letter_states() == [SENT, HELD]
    clone.clock.move(MINUTE)
    clone.post(C)
    assert await clone.send_letters() == [C]
    assert clone.transport.sent[-1].key.startswith("letter-3-")


async def test_a_retry_keeps_its_name_and_bytes_when_a_store_is_confirmed(
    place: Place, tmp_path: Path
) -> None:
    place.transport.answers = [LATER]
    assert await place.send_letters() == []
    backup = place.back_up()
    assert await place.send_letters(HOUR) == [A]
    place.restore(backup)
    (tmp_path / "second").mkdir()
    second = Place(tmp_path / "second", place.url, machine="two")
    second.clock = place.clock
    second.confirm(Choice.SEND)

    assert await second.send_letters(HOUR) == [A]

    (before,), (after,) = place.transport.sent, second.transport.sent
    assert after == before
    assert after.key == "letter-1"


BY_LOG_AND_COPY = pytest.mark.parametrize(
    ("kind", "take"), [(PostfixLog, in_log), (ReportMailbox, as_copies)]
)
Take = Callable[[Path, Sequence[Envelope], datetime], None]


@pytest.mark.slow
@BY_LOG_AND_COPY
async def test_what_the_lost_store_sent_ends_no_doubt_about_a_letter_of_the_new_one(
    restored: Place, tmp_path: Path, kind: Callable[..., Evidence], take: Take
) -> None:
    await restored.send_letters()
    restored.confirm(Choice.SEND)
    by_the_lost = restored.transport.sent[-2:]
    restored.transport = Witnessed()
    await restored.send_letters()

    lots = (by_the_lost, restored.transport.sent)
    before, after = ended_as_taken(restored, tmp_path / "taken", kind, take, lots)

    assert before == []
    assert sorted((one.message, one.state) for one in after) == [
        ("letter-2", "sent"),
        ("letter-3", "sent"),
    ]


@BY_LOG_AND_COPY
async def test_evidence_speaks_of_a_letter_that_was_composed_before_the_backup(
    place: Place, tmp_path: Path, kind: Callable[..., Evidence], take: Take
) -> None:
    place.transport.answers = [LATER]
    await place.send_letters()
    backup = place.back_up()
    assert await place.send_letters(HOUR) == [A]
    sent_at = place.clock.now()
    place.restore(backup)
    place.clock.move(10 * MINUTE)
    await place.send_letters()
    place.confirm()
    assert place.letter_states() == [HELD]
    with place.open() as (desk, _):
        path, ours = tmp_path / "taken", Ours((desk.tokens.secret,))
        take(path, place.transport.sent, sent_at)
        evidence = [kind(name="relay", path=path, ours=ours)]
        doubts = Doubts(
            store=desk.store, clock=desk.clock, evidence=evidence, resends=True
        )

        resolved = doubts.resolve()

    assert [(one.message, one.state) for one in resolved] == [("letter-1", "sent")]
    assert place.letter_states() == [SENT]


async def test_a_letter_held_after_a_restore_is_not_sent_again_by_policy(
    restored: Place,
) -> None:
    await restored.send_letters()
    restored.confirm()
    restored.clock.move(HOUR)

    with restored.open() as (desk, _):
        doubts = Doubts(store=desk.store, clock=desk.clock, resends=True)
        assert doubts.resolve() == []

    assert restored.letter_states() == [SENT, HELD, WAITING]
