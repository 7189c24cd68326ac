"""Doubts about letters end by the same evidence and policy as those about digests."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from publisher.digests.open_doubts import end_doubts, list_open
from publisher.mail.evidence.evidence import Evidence, Ours, Says
from publisher.mail.evidence.mailbox import ReportMailbox
from publisher.mail.evidence.postfix_log import PostfixLog
from publisher.mail.message_name import DeliveryName, LetterName
from publisher.mail.transport import Begin, Envelope
from publisher.model.delivery import DeliveryState
from publisher.model.reply import Kind, Outcome, Phase
from publisher.store import Store
from tests.books import discrepancies
from tests.contract.test_reports import report
from tests.digests.desk import RecordingTransport
from tests.digests.letterbox import LetterDesk
from tests.digests.test_doubts import Witness, doubts
from tests.digests.traces import LOST, Witnessed, as_copies, in_log, message_ids
from tests.effort import effort
from tests.store.databases import empty

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SENT, FAILED = DeliveryState.SENT, DeliveryState.FAILED
HELD, WAITING = DeliveryState.HELD, DeliveryState.WAITING


@pytest.fixture
async def desk(store: Store) -> LetterDesk:
    """Return a desk with a letter that the relay took, and whose reply was lost."""
    desk = LetterDesk(store=store, transport=Witnessed())
    desk.post()
    await desk.send_letters()
    return desk


def state(desk: LetterDesk) -> DeliveryState:
    (row,) = desk.letters()
    return row.state


def as_report(path: Path, sent: Sequence[Envelope], at: datetime) -> None:
    """Put what a relay reports that was asked for a report of success."""
    _put(path, [report("delivered", to=e.sender, envelope_id=e.key) for e in sent], at)


def as_bounce(path: Path, sent: Sequence[Envelope], at: datetime) -> None:
    """Put a report that messages came back, which quotes their headers."""
    ids = message_ids(sent)
    _put(path, [report("failed", returned=one, envelope_id=None) for one in ids], at)


def _put(path: Path, mails: Sequence[str], at: datetime) -> None:
    (path / "new").mkdir(parents=True, exist_ok=True)
    for number, mail in enumerate(mails):
        file = path / "new" / f"{number}.eml"
        file.write_bytes(mail.replace("\n", "\r\n").encode())
        os.utime(file, (at.timestamp(), at.timestamp()))


@pytest.mark.parametrize(
    ("kind", "take", "end"),
    [
        (PostfixLog, in_log, SENT),
        (ReportMailbox, as_copies, SENT),
        (ReportMailbox, as_report, SENT),
        (ReportMailbox, as_bounce, FAILED),
    ],
)
async def test_a_letter_in_doubt_is_resolved_by_what_the_relay_left(
    desk: LetterDesk,
    tmp_path: Path,
    kind: Callable[..., Evidence],
    take: Callable[[Path, Sequence[Envelope], datetime], None],
    *,
    end: DeliveryState,
) -> None:
    path = tmp_path / "traces"
    take(path, desk.transport.sent, desk.clock.now())
    relay = kind(name="relay", path=path, ours=Ours((desk.tokens.secret,)))

    (resolved,) = doubts(desk, relay, resends=True).resolve()

    number = desk.letters()[0].id
    assert (resolved.message, resolved.state) == (f"letter-{number}", end.value)
    assert resolved.by == "relay"
    assert state(desk) is end
    await desk.send_letters(DAY)
    assert len(desk.transport.sent) == 1


async def test_what_the_relay_did_not_take_goes_again_as_the_same_message(
    desk: LetterDesk,
) -> None:
    name = LetterName(desk.letters()[0].id)
    doubts(desk, Witness("log", {name: Says.NOT_ACCEPTED})).resolve()
    desk.transport.sent, lost = [], desk.transport.sent

    await desk.send_letters()

    assert desk.transport.sent == lost


async def test_what_is_said_of_an_attempt_ends_no_doubt_about_the_next(
    desk: LetterDesk,
) -> None:
    desk.join("b@reader.example")
    desk.publish("one")
    await desk.run(HOUR)
    rows, now = desk.store.query(list_open, 10), desk.clock.now()
    desk.store.transact(end_doubts, rows, Says.NOT_ACCEPTED, "log", now)
    await desk.send_letters(MINUTE)
    await desk.run(MINUTE)
    again = [row.word for row in desk.store.query(list_open, 10)]
    assert sorted(again) == sorted(row.word for row in rows)

    late = desk.store.transact(end_doubts, rows, Says.NOT_ACCEPTED, "log", now)

    assert late == {}
    assert state(desk) is HELD


async def test_each_source_is_asked_once_about_deliveries_and_letters(
    desk: LetterDesk,
) -> None:
    desk.join("b@reader.example")
    desk.publish("one")
    await desk.run(HOUR)
    letter = LetterName(desk.letters()[0].id)
    witness = Witness("log")

    doubts(desk, witness).resolve()
    doubts(desk, witness).resolve()

    (first, _), (second, notes) = witness.asked
    assert first == second
    assert {type(name) for name in first} == {DeliveryName, LetterName}
    assert letter in first
    assert notes == {"turn": 1}


async def test_without_evidence_a_letter_stays_in_doubt(desk: LetterDesk) -> None:
    desk.clock.move(HOUR)

    assert doubts(desk).resolve() == []
    assert state(desk) is HELD


async def test_by_policy_a_letter_is_sent_again_after_the_wait_and_not_before(
    desk: LetterDesk,
) -> None:
    desk.clock.move(29 * MINUTE)
    early = doubts(desk, resends=True).resolve()
    desk.clock.move(MINUTE)

    (late,) = doubts(desk, resends=True).resolve()

    assert early == []
    assert (late.state, late.by) == ("waiting", "policy")
    desk.transport = RecordingTransport()
    await desk.send_letters()
    assert state(desk) is SENT
    assert len(desk.transport.sent) == 1


async def test_by_policy_nothing_is_sent_that_is_past_its_time(store: Store) -> None:
    desk = LetterDesk(store=store, transport=Witnessed())
    desk.post(expires=HOUR)
    await desk.send_letters()
    desk.clock.move(HOUR)

    assert doubts(desk, resends=True).resolve() == []
    assert state(desk) is HELD


@dataclass
class Relay(RecordingTransport):
    """Does with each message as it is told, and logs truly what it took."""

    log: Path = field(kw_only=True)
    desk: LetterDesk | None = None
    fates: list[str] = field(default_factory=list)

    @override
    async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
        assert self.desk is not None
        fate = self.fates.pop(0) if self.fates else "sent"
        if not await begin():
            return Outcome(kind=Kind.STOPPED, phase=Phase.RCPT)
        if fate == "later":
            return Outcome(kind=Kind.RETRY, phase=Phase.DOT, code=451, text="later")
        if fate != "lost":
            self.sent.append(envelope)
            in_log(self.log, [envelope], self.desk.clock.now())
        return Outcome(kind=Kind.SENT, phase=Phase.DOT) if fate == "sent" else LOST


FATES = ["sent", "taken", "lost", "later"]
STEP = st.sampled_from([*FATES, "post", "send", "resolve", "wait"])


@effort(15)
@given(steps=st.lists(STEP, max_size=25))
def test_no_letter_is_lost_or_sent_twice_where_the_log_shows_all(
    shared_sqlite: Store,
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[str],
) -> None:
    log = tmp_path_factory.mktemp("relay") / "mail.log"
    relay = Relay(log=log)
    desk = relay.desk = LetterDesk(store=shared_sqlite, transport=relay)
    ours = Ours((desk.tokens.secret,))
    source = PostfixLog(name="relay", path=log, ours=ours, is_complete=True)
    news(log, desk.clock.now() - HOUR)

    def happen(step: str) -> None:
        if step == "post":
            desk.post(to=f"{len(desk.letters())}@reader.example", expires=30 * DAY)
        elif step in FATES:
            relay.fates.append(step)
        elif step == "send":
            asyncio.run(send(desk))
        elif step == "wait":
            desk.clock.move(20 * MINUTE)
            news(log, desk.clock.now())
        else:
            doubts(desk, source, resends=False).resolve()

    try:
        for step in [*steps, *["send", "wait", "wait", "resolve"] * 30]:
            happen(step)

        assert {row.state for row in desk.letters()} <= {SENT}
        told = Counter(envelope.recipient for envelope in relay.sent)
        assert told == Counter(row.email for row in desk.letters())
        assert discrepancies(desk.store) == []
    finally:
        empty(shared_sqlite)


def news(log: Path, at: datetime) -> None:
    """Let the log reach to a time."""
    with log.open("a", encoding="utf-8") as out:
        out.write(f"{at.isoformat()} mx1 postfix/anvil[77]: statistics: x\n")


async def send(desk: LetterDesk) -> None:
    await desk.letter_sender().send_ready()
