"""Doubts end by evidence, else by policy, and a message that goes again is the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.digests.doubts import Doubts
from publisher.errors import PublisherError
from publisher.mail.evidence.evidence import (
    Evidence,
    Notes,
    Ours,
    Question,
    Says,
    Statement,
)
from publisher.mail.evidence.postfix_log import PostfixLog
from publisher.mail.message_name import DeliveryName, MessageName
from publisher.model.reply import Kind, Outcome, Phase
from publisher.store import Store
from publisher.store.doubts import list_doubts
from tests.digests.desk import Desk

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LOST = Outcome(kind=Kind.DOUBT, phase=Phase.DOT, text="connection lost")
READERS = ("a@reader.example", "b@reader.example")


@dataclass
class Witness:
    """Says what it was told to say."""

    name: str
    knows: dict[MessageName, Says] = field(default_factory=dict)
    is_broken: bool = False
    asked: list[tuple[set[MessageName], Notes]] = field(default_factory=list)

    def hear(
        self, questions: Sequence[Question], notes: Notes
    ) -> tuple[dict[MessageName, Statement], Notes]:
        if self.is_broken:
            msg = "the log cannot be read"
            raise PublisherError(msg)
        self.asked.append(({one.name for one in questions}, notes))
        told = {one: Statement(self.knows[one], "seen") for one in self.knows}
        return told, {"turn": len(self.asked)}


@pytest.fixture
async def desk(store: Store) -> Desk:
    """Return a desk with two messages in doubt."""
    desk = Desk(store=store)
    for email in READERS:
        desk.join(email)
    desk.publish("one")
    desk.transport.answers = [LOST, LOST]
    await desk.run(HOUR)
    return desk


def doubts(desk: Desk, *evidence: Evidence, resends: bool = False) -> Doubts:
    return Doubts(
        store=desk.store, clock=desk.clock, evidence=evidence, resends=resends
    )


def in_doubt(desk: Desk) -> list[DeliveryName]:
    found = desk.store.query(list_doubts, 10)
    return [DeliveryName(number) for number in sorted(row.id for row in found)]


async def test_evidence_ends_a_doubt_either_way(desk: Desk) -> None:
    one, two = in_doubt(desk)
    witness = Witness("log", {one: Says.ACCEPTED, two: Says.NOT_ACCEPTED})

    resolved = doubts(desk, witness).resolve()

    assert sorted((r.message, r.state, r.by) for r in resolved) == [
        (str(one), "sent", "log"),
        (str(two), "waiting", "log"),
    ]
    await desk.run(MINUTE)
    assert len(desk.transport.sent) == 1
    assert [account.error for account in desk.accounts()] == [0]


async def test_without_evidence_a_message_stays_in_doubt(desk: Desk) -> None:
    desk.clock.move(HOUR)

    assert doubts(desk).resolve() == []
    assert len(in_doubt(desk)) == 2
    await desk.run(MINUTE)
    assert desk.transport.sent == []


async def test_by_policy_it_is_sent_again_after_the_wait_and_not_before(
    desk: Desk,
) -> None:
    desk.clock.move(29 * MINUTE)
    early = doubts(desk, resends=True).resolve()
    desk.clock.move(MINUTE)

    late = doubts(desk, resends=True).resolve()

    assert early == []
    assert [(r.state, r.by) for r in late] == [("waiting", "policy")] * 2
    await desk.run(MINUTE)
    assert sorted(one.recipient for one in desk.transport.sent) == list(READERS)


async def test_a_source_that_cannot_be_read_stops_no_other(desk: Desk) -> None:
    one, _ = in_doubt(desk)
    broken = Witness("broken", is_broken=True)
    witness = Witness("log", {one: Says.ACCEPTED})

    resolved = doubts(desk, broken, witness).resolve()

    assert [r.message for r in resolved] == [str(one)]


async def test_who_was_asked_gets_his_notes_back_and_only_what_is_open(
    desk: Desk,
) -> None:
    one, two = in_doubt(desk)
    witness = Witness("log", {one: Says.ACCEPTED})
    doubts(desk, witness).resolve()
    witness.knows = {}

    doubts(desk, witness).resolve()

    asked, notes = witness.asked[1]
    assert (asked, notes) == ({two}, {"turn": 1})


def test_nobody_is_asked_when_nothing_is_in_doubt(store: Store) -> None:
    witness = Witness("log")

    assert doubts(Desk(store=store), witness).resolve() == []
    assert witness.asked == []


async def test_what_goes_again_says_what_it_said_and_the_log_knows_it_by_its_id(
    desk: Desk, tmp_path: Path
) -> None:
    one, two = in_doubt(desk)
    witness = Witness("log", {one: Says.NOT_ACCEPTED, two: Says.NOT_ACCEPTED})
    desk.publish("one", title="Другой заголовок")
    doubts(desk, witness).resolve()
    await desk.run(MINUTE)
    first = {sent.key: sent.message for sent in desk.transport.sent}
    assert sorted(first) == [str(one), str(two)]
    log = tmp_path / "mail.log"
    wanted = [
        line
        for message in first.values()
        for line in message.decode("ascii").splitlines()
        if line.startswith("Message-ID: ")
    ]
    now = desk.clock.now().isoformat()
    with log.open("w") as out:
        for number, line in enumerate(wanted):
            queue_id = f"4F9D1954{number:03X}"
            written = line.removeprefix("Message-ID: ")
            out.write(
                f"{now} mx postfix/cleanup[8]: {queue_id}: message-id={written}\n"
                f"{now} mx postfix/qmgr[9]: {queue_id}: from=<b@g>, size=9, nrcpt=1\n"
            )
    evidence = PostfixLog(name="log", path=log, ours=Ours((desk.tokens.secret,)))
    questions = [
        Question(
            name=name,
            begun_at=desk.clock.now(),
            ended_at=desk.clock.now(),
        )
        for name in (one, two)
    ]

    heard, _ = evidence.hear(questions, {})

    assert {name: said.says for name, said in heard.items()} == {
        one: Says.ACCEPTED,
        two: Says.ACCEPTED,
    }
    assert all("Другой" not in message.decode() for message in first.values())
