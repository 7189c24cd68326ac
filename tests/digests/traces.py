"""What a relay leaves behind of messages it took, and one whose replies are lost."""

import os
from collections.abc import Sequence
from datetime import datetime
from email import message_from_bytes
from pathlib import Path

from typing_extensions import override

from publisher.mail.transport import Begin, Envelope
from publisher.model.reply import Kind, Outcome, Phase
from tests.digests.desk import RecordingTransport

__all__ = ["LOST", "Witnessed", "as_copies", "in_log", "message_ids"]

LOST = Outcome(kind=Kind.DOUBT, phase=Phase.DOT, text="connection lost")
TAKEN = "qmgr[9]: {}: from=<b@g>, size=9, nrcpt=1"


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


def message_ids(sent: Sequence[Envelope]) -> list[str]:
    messages = (message_from_bytes(one.message) for one in sent)
    return [str(message["Message-ID"]) for message in messages]
