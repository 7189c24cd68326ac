"""Every source of evidence keeps the same promises to whoever asks about doubts."""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from publisher.errors import PublisherError
from publisher.mail.evidence.evidence import (
    Evidence,
    Notes,
    Ours,
    Question,
    Says,
    Statement,
)
from publisher.mail.evidence.mailbox import ReportMailbox
from publisher.mail.evidence.postfix_log import PostfixLog
from publisher.mail.message_id import make_message_id
from publisher.mail.message_name import DeliveryName, LetterName, MessageName

SECRET = b"k" * 32
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


ONE, TWO, EIGHT, NINE = (DeliveryName(number) for number in (1, 2, 8, 9))
LETTER = LetterName(1)


def message_id(name: MessageName, secret: bytes = SECRET) -> str:
    key = name.key(7) if isinstance(name, DeliveryName) else str(name)
    return make_message_id(key, secret, "gazeta.example")


def question(name: MessageName, begun_at: datetime = NOON) -> Question:
    return Question(name=name, begun_at=begun_at, ended_at=begun_at + 5 * MINUTE)


class Relay(ABC):
    """A relay that leaves traces of what it takes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    @abstractmethod
    def take(self, written: str, at: datetime) -> None:
        """Take a message with this Message-ID."""

    @abstractmethod
    def evidence(self, *, is_complete: bool = False) -> Evidence:
        """Return what can be asked."""


class Logging(Relay):
    """Writes a Postfix log."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.path = folder / "mail.log"
        self.path.write_text("")

    @override
    def take(self, written: str, at: datetime) -> None:
        self.count += 1
        queue_id = f"4F9D1954{self.count:03X}"
        with self.path.open("a", encoding="utf-8") as log:
            for said in (
                f"postfix/smtpd[811]: {queue_id}: client=desk[2001:db8::5]",
                f"postfix/cleanup[814]: {queue_id}: message-id={written}",
                f"postfix/qmgr[90]: {queue_id}: from=<b@g.example>, size=9, nrcpt=1",
                f"postfix/qmgr[90]: {queue_id}: removed",
            ):
                log.write(f"{at.isoformat()} mx1 {said}\n")

    @override
    def evidence(self, *, is_complete: bool = False) -> Evidence:
        return PostfixLog(
            name="relay",
            path=self.path,
            ours=Ours((SECRET,)),
            is_complete=is_complete,
        )


class Copying(Relay):
    """Puts a copy of each message into a Maildir."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.path = folder / "journal"
        for part in ("new", "cur", "tmp"):
            (self.path / part).mkdir(parents=True)

    @override
    def take(self, written: str, at: datetime) -> None:
        self.count += 1
        file = self.path / "new" / f"{int(at.timestamp())}.M{self.count}.mx1"
        file.write_bytes(b"Message-ID: " + written.encode() + b"\r\n\r\ntext\r\n")
        os.utime(file, (at.timestamp(), at.timestamp()))

    @override
    def evidence(self, *, is_complete: bool = False) -> Evidence:
        return ReportMailbox(
            name="journal",
            path=self.path,
            ours=Ours((SECRET,)),
            is_complete=is_complete,
        )


@pytest.fixture(params=[Logging, Copying])
def relay(request: pytest.FixtureRequest, tmp_path: Path) -> Relay:
    """Return each kind of relay in turn, with nothing taken yet."""
    kind: Callable[[Path], Relay] = request.param
    return kind(tmp_path)


def test_what_was_taken_is_found(relay: Relay) -> None:
    relay.take(message_id(ONE), NOON + MINUTE)

    heard, _ = relay.evidence().hear([question(ONE), question(TWO)], {})

    assert {one: said.says for one, said in heard.items()} == {ONE: Says.ACCEPTED}


def test_what_is_not_found_is_not_known(relay: Relay) -> None:
    relay.take(message_id(EIGHT), NOON - HOUR)
    relay.take(message_id(NINE), NOON + HOUR)

    heard, _ = relay.evidence().hear([question(ONE)], {})

    assert heard == {}


def test_what_is_not_found_in_a_complete_source_was_not_taken(relay: Relay) -> None:
    relay.take(message_id(EIGHT), NOON - HOUR)
    relay.take(message_id(NINE), NOON + HOUR)

    heard, _ = relay.evidence(is_complete=True).hear([question(ONE)], {})

    assert heard[ONE].says is Says.NOT_ACCEPTED


@pytest.mark.parametrize(
    "shown", [(-HOUR, 10 * MINUTE), (MINUTE, HOUR), (HOUR,), ()], ids=str
)
def test_a_source_that_does_not_show_the_whole_time_proves_nothing(
    relay: Relay, shown: tuple[timedelta, ...]
) -> None:
    for number, span in enumerate(shown):
        relay.take(message_id(DeliveryName(100 + number)), NOON + span)

    heard, _ = relay.evidence(is_complete=True).hear([question(ONE)], {})

    assert heard == {}


def test_nobody_else_can_say_that_a_message_of_ours_was_taken(relay: Relay) -> None:
    relay.take(message_id(ONE, b"x" * 32), NOON + MINUTE)
    relay.take("<1-7.00000000000000000000@gazeta.example>", NOON + MINUTE)
    relay.take("", NOON + MINUTE)

    heard, _ = relay.evidence().hear([question(ONE)], {})

    assert heard == {}


def test_what_a_lost_store_sent_under_the_same_number_says_nothing(
    relay: Relay,
) -> None:
    relay.take(message_id(ONE), NOON + MINUTE)
    relay.take(message_id(DeliveryName(1, 7)), NOON + MINUTE)
    before, _ = relay.evidence().hear([question(DeliveryName(1, 8))], {})
    relay.take(message_id(DeliveryName(1, 8)), NOON + MINUTE)

    heard, _ = relay.evidence().hear([question(DeliveryName(1, 8))], {})

    assert before == {}
    assert heard[DeliveryName(1, 8)].says is Says.ACCEPTED


def test_a_letter_is_no_delivery_with_the_same_number(relay: Relay) -> None:
    relay.take(message_id(LETTER), NOON + MINUTE)

    heard, _ = relay.evidence().hear([question(ONE), question(LETTER)], {})

    assert {one: said.says for one, said in heard.items()} == {LETTER: Says.ACCEPTED}


def test_what_a_lost_store_sent_says_nothing_of_a_letter_with_the_same_number(
    relay: Relay,
) -> None:
    later = LetterName(1, 8)
    relay.take(message_id(LETTER), NOON + MINUTE)
    relay.take(message_id(LetterName(1, 7)), NOON + MINUTE)
    before, _ = relay.evidence().hear([question(later)], {})
    relay.take(message_id(later), NOON + MINUTE)

    heard, _ = relay.evidence().hear([question(later)], {})

    assert before == {}
    assert heard[later].says is Says.ACCEPTED


def test_what_comes_later_is_found_the_next_time(relay: Relay) -> None:
    relay.take(message_id(EIGHT), NOON - HOUR)
    evidence = relay.evidence()
    before, notes = evidence.hear([question(ONE)], {})
    relay.take(message_id(ONE), NOON + MINUTE)

    heard, _ = evidence.hear([question(ONE)], notes)

    assert before == {}
    assert heard[ONE].says is Says.ACCEPTED


def test_a_doubt_that_is_known_later_is_found_though_reading_was_beyond(
    relay: Relay,
) -> None:
    relay.take(message_id(ONE), NOON)
    relay.take(message_id(TWO), NOON + HOUR)
    evidence = relay.evidence()
    _, notes = evidence.hear([question(TWO, NOON + HOUR)], {})

    heard, _ = evidence.hear([question(TWO, NOON + HOUR), question(ONE)], notes)

    assert heard[ONE].says is Says.ACCEPTED


def test_a_source_that_is_not_there_says_where_and_what_to_do(relay: Relay) -> None:
    evidence = relay.evidence()
    (relay.folder / "mail.log").unlink(missing_ok=True)
    journal = relay.folder / "journal"
    if journal.exists():
        journal.rename(relay.folder / "elsewhere")

    with pytest.raises(PublisherError, match=str(relay.folder)):
        evidence.hear([question(ONE)], {})


NAMES = st.sampled_from(
    [kind(number) for kind in (DeliveryName, LetterName) for number in (1, 2, 3)]
)


@given(
    steps=st.lists(st.tuples(st.sampled_from(["take", "ask"]), NAMES), max_size=12),
    is_complete=st.booleans(),
)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("kind", [Logging, Copying])
def test_in_any_order_of_taking_and_asking_the_answer_is_true(
    kind: Callable[[Path], Relay],
    steps: list[tuple[str, MessageName]],
    is_complete: bool,  # noqa: FBT001 (drawn by hypothesis)
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    relay = kind(tmp_path_factory.mktemp("relay"))
    evidence = relay.evidence(is_complete=is_complete)
    relay.take(message_id(DeliveryName(99)), NOON - HOUR)
    taken: set[MessageName] = set()
    notes: Notes = {}
    heard: dict[MessageName, Statement] = {}
    asked: set[MessageName] = set()
    for turn, (step, name) in enumerate(steps):
        if step == "take":
            relay.take(message_id(name), NOON + turn * timedelta(seconds=1))
            taken.add(name)
        else:
            asked.add(name)
            heard, notes = evidence.hear([question(one) for one in asked], notes)
            assert set(heard) <= taken, "nobody was told to be absent within the time"
            asked -= set(heard)
    relay.take(message_id(DeliveryName(98)), NOON + HOUR)

    heard, _ = evidence.hear([question(one) for one in asked], notes)

    accepted = {one for one, said in heard.items() if said.says is Says.ACCEPTED}
    assert accepted == asked & taken
    assert set(heard) - accepted == (asked - taken if is_complete else set())
