"""Let the relay's log end the doubts, as `publisher doubt resolve` does."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import bindparam, select, update

from publisher.config import load_config
from publisher.digests.doubts import Resolved
from publisher.mail.evidence.evidence import LATE
from publisher.model.delivery import DeliveryState
from publisher.service import open_service
from publisher.service.doubts import make_doubts
from publisher.store import Transaction
from publisher.store.schema.editions import attempt, delivery
from publisher.store.schema.letters import letter

__all__ = ["ask_the_log", "begin_log"]

SETTLING = 1.0
"""In seconds: until the relay has read what the dead had sent."""
A_WHILE = LATE + timedelta(minutes=5)
"""After so long whatever the relay took stands in its log."""
NEWS = "mx1 postfix/anvil[77]: statistics: max cache size 1"


def begin_log(log: Path) -> None:
    """Write a log that has been kept for some time."""
    now = datetime.now(UTC)  # noqa: TID251 (as the relay does)
    log.write_text(f"{(now - 10 * A_WHILE).isoformat()} {NEWS}\n", "ascii")


def ask_the_log(file: Path, log: Path) -> list[Resolved]:
    """Ask about every doubt, as if a while had passed since it came up."""
    time.sleep(SETTLING)
    now = datetime.now(UTC)  # noqa: TID251 (as the relay does)
    with log.open("a", encoding="ascii") as written:
        written.write(f"{now.isoformat()} {NEWS}\n")
    resolved: list[Resolved] = []
    service = open_service(load_config(file, {}), file.parent)
    try:
        service.store.transact(_let_pass)
        doubts = make_doubts(service)
        while found := doubts.resolve():
            resolved += found
    finally:
        service.close()
    return resolved


def _let_pass(tx: Transaction) -> None:
    """Let the attempts in doubt be from a while before."""
    for row in tx.execute(
        select(letter.c.id, letter.c.begun_at, letter.c.settled_at).where(
            letter.c.state == DeliveryState.HELD.value
        )
    ).all():
        tx.execute(
            update(letter)
            .where(letter.c.id == row.id)
            .values(
                begun_at=row.begun_at - A_WHILE, settled_at=row.settled_at - A_WHILE
            )
        )
    rows = tx.execute(
        select(attempt.c.delivery_id, attempt.c.begun_at, attempt.c.ended_at)
        .join(delivery, delivery.c.id == attempt.c.delivery_id)
        .where(
            delivery.c.state == DeliveryState.HELD.value,
            attempt.c.number == delivery.c.attempts,
        )
    ).all()
    if rows:
        tx.execute(
            update(attempt).where(
                attempt.c.delivery_id == bindparam("of_delivery"),
                attempt.c.outcome == "doubt",
            ),
            [
                {
                    "of_delivery": row.delivery_id,
                    "begun_at": row.begun_at - A_WHILE,
                    "ended_at": row.ended_at - A_WHILE,
                }
                for row in rows
            ],
        )
