"""Log lines on standard error: text for people, one JSON object per line for machines.

Addresses of readers are not logged: deliveries and subscriptions are named by number,
and an address in what a relay replied, or in a traceback, becomes an ellipsis.
"""

import json
import logging
import sys
from datetime import UTC, datetime

from typing_extensions import override

from publisher.model.redaction import without_addresses

__all__ = ["NOISY", "set_up_logging"]

NOISY = ("alembic", "apscheduler", "uvicorn.access", "uvicorn.error")
"""Libraries whose everyday lines nobody needs; their warnings are kept."""


class JsonLines(logging.Formatter):
    """One JSON object per record: time (UTC), level, logger, message, error."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_addresses(record.getMessage()),
        }
        if record.exc_info:
            line["error"] = without_addresses(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


class TextLines(logging.Formatter):
    """One line per record for people, and the traceback below it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")

    @override
    def format(self, record: logging.LogRecord) -> str:
        return without_addresses(super().format(record))


def set_up_logging(level: str, *, as_json: bool) -> None:
    """Send all records of `level` and above to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
