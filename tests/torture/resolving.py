"""Let the relay's log end the doubts, as `publisher doubt resolve` does."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from publisher.config import load_config
from publisher.digests.doubts import Resolved
from publisher.mail.evidence.evidence import LATE
from publisher.service import open_service
from publisher.service.doubts import make_doubts

__all__ = ["ask_the_log"]

SETTLING = 1.0
"""In seconds: until the relay has read what the dead had sent."""


def ask_the_log(file: Path, log: Path) -> list[Resolved]:
    """Ask about every doubt, after a quarter of an hour by the relay's log."""
    time.sleep(SETTLING)
    now = datetime.now(UTC)  # noqa: TID251 (as the relay does)
    later = (now + LATE + timedelta(minutes=5)).isoformat()
    with log.open("a", encoding="ascii") as written:
        written.write(f"{later} mx1 postfix/anvil[77]: statistics: max cache size 1\n")
    resolved: list[Resolved] = []
    service = open_service(load_config(file, {}), file.parent)
    try:
        doubts = make_doubts(service)
        while found := doubts.resolve():
            resolved += found
    finally:
        service.close()
    return resolved
