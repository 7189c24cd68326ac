"""Messages in doubt, deliveries and letters alike: which they are, and their end."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from publisher.digests.addressing import name_of
from publisher.digests.letters import find_name
from publisher.errors import PublisherError
from publisher.mail.evidence.evidence import Says
from publisher.mail.message_name import MessageName
from publisher.model.delivery import DeliveryState
from publisher.store import Transaction, doubts, letter_doubts
from publisher.store.doubts import DoubtRow
from publisher.store.letter_doubts import LetterDoubtRow

__all__ = [
    "OpenDoubt",
    "count_open",
    "end_doubts",
    "find_open",
    "list_open",
    "name_of_doubt",
]

OpenDoubt: TypeAlias = DoubtRow | LetterDoubtRow
"""Its `word` tells the two apart for operators: `1207`, or `letter-12`."""

_WORD = re.compile(r"(letter-)?([0-9]{1,15})")


class Ends(Protocol):
    """What the store does about doubts of one kind: one of its modules."""

    def find_doubts(
        self, tx: Transaction, ids: Collection[int], /
    ) -> Sequence["OpenDoubt"]:
        """Return those that are in doubt."""
        ...

    def take_as_sent(
        self, tx: Transaction, ids: Collection[int], said: str, now: datetime, /
    ) -> list[int]:
        """Count them as sent; return those that were in doubt."""
        ...

    def take_as_bounced(
        self, tx: Transaction, ids: Collection[int], said: str, now: datetime, /
    ) -> list[int]:
        """Count them as failed; return those that were in doubt."""
        ...

    def send_again(
        self, tx: Transaction, ids: Collection[int], said: str, now: datetime, /
    ) -> dict[int, DeliveryState]:
        """Let them wait again; return what each has become that was in doubt."""
        ...


_ENDS: Mapping[type[OpenDoubt], Ends] = {
    DoubtRow: doubts,
    LetterDoubtRow: letter_doubts,
}


def list_open(
    tx: Transaction, limit: int, since: datetime | None = None
) -> list[OpenDoubt]:
    """Return what is in doubt, the last held first, or only what was held since."""
    found: list[OpenDoubt] = []
    found += doubts.list_doubts(tx, limit, since)
    found += letter_doubts.list_doubts(tx, limit, since)
    return sorted(found, key=lambda row: row.since, reverse=True)[:limit]


def count_open(tx: Transaction) -> int:
    """Return how many messages are in doubt."""
    return doubts.count_doubts(tx) + letter_doubts.count_doubts(tx)


def find_open(tx: Transaction, words: Iterable[str]) -> list[OpenDoubt]:
    """Return what operators name; raises PublisherError for what is not in doubt."""
    of_letters: dict[bool, list[int]] = {False: [], True: []}
    named = sorted(set(words))
    for word in named:
        found = _WORD.fullmatch(word)
        if found is None:
            msg = (
                f'"{word}" names no message: deliveries are called 1207, letters'
                " letter-12; `publisher doubt list` shows what is in doubt"
            )
            raise PublisherError(msg)
        of_letters[bool(found[1])].append(int(found[2]))
    rows: list[OpenDoubt] = []
    rows += doubts.find_doubts(tx, of_letters[False])
    rows += letter_doubts.find_doubts(tx, of_letters[True])
    if others := sorted(set(named) - {row.word for row in rows}):
        msg = (
            f"not in doubt: {', '.join(others)}; `publisher doubt list` shows what"
            " is, nothing was changed"
        )
        raise PublisherError(msg)
    return rows


def name_of_doubt(row: OpenDoubt) -> MessageName | None:
    """Return what a message in doubt is called outside; None where nobody knows."""
    if isinstance(row, DoubtRow):
        return name_of(row.id, row.frame)
    return find_name(row.head) if row.head is not None else None


def end_doubts(
    tx: Transaction, rows: Sequence[OpenDoubt], says: Says, said: str, now: datetime
) -> dict[str, DeliveryState]:
    """Act on what is known of messages; return what became of those still in doubt.

    `said` is kept with each: what or who says so. One that was not accepted waits
    again, unless that comes too late. What was sent again meanwhile, and is in doubt
    anew, is left alone: what is said is about the attempt before.
    """
    ended: dict[str, DeliveryState] = {}
    for kind, ends in _ENDS.items():
        asked = {row.id: row for row in rows if isinstance(row, kind)}
        found = ends.find_doubts(tx, asked) if asked else ()
        words = {row.id: row.word for row in found if row.since == asked[row.id].since}
        states = _end(tx, ends, words, says, said, now) if words else {}
        ended |= {words[number]: state for number, state in states.items()}
    return ended


def _end(
    tx: Transaction,
    ends: Ends,
    ids: Collection[int],
    says: Says,
    said: str,
    now: datetime,
) -> dict[int, DeliveryState]:
    match says:
        case Says.ACCEPTED:
            sent = ends.take_as_sent(tx, ids, said, now)
            return dict.fromkeys(sent, DeliveryState.SENT)
        case Says.BOUNCED:
            failed = ends.take_as_bounced(tx, ids, said, now)
            return dict.fromkeys(failed, DeliveryState.FAILED)
        case Says.NOT_ACCEPTED:
            return ends.send_again(tx, ids, said, now)
