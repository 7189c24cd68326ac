"""What is known of a reader, as files that the reader can take along.

JSON for programs, and a ZIP of CSV tables for people; docs/reference/reader-export.md
describes both. The same records give the same bytes.
"""

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from publisher.clock import Clock
from publisher.errors import SubscriberError
from publisher.mail.address import parse_address
from publisher.store import Store, Transaction
from publisher.store.data_requests import ask
from publisher.store.records import Rows, records_of

__all__ = ["OPEN_FOR", "Export", "Exporting"]

FORMAT = "reader export"
VERSION = 1
OPEN_FOR = timedelta(days=7)
"""How long the link in a letter opens the page of a reader's data."""

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is run by spreadsheet programs."""
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Everything that is known of one address at one moment."""

    made_at: str
    records: Mapping[str, Rows]

    def as_json(self) -> bytes:
        """Return one JSON document in UTF-8."""
        document = {
            "format": FORMAT,
            "version": VERSION,
            "made_at": self.made_at,
            **self.records,
        }
        text = json.dumps(document, ensure_ascii=False, indent=2)
        return text.encode() + b"\n"

    def as_zip(self) -> bytes:
        """Return a ZIP with a CSV file for each kind of record there is."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, rows in self.records.items():
                if rows:
                    entry = zipfile.ZipInfo(f"{name}.csv", _LONG_AGO)
                    entry.compress_type = zipfile.ZIP_DEFLATED
                    archive.writestr(entry, _table(rows))
        return packed.getvalue()


def _table(rows: Rows) -> bytes:
    """Return rows as CSV (RFC 4180) with the mark that spreadsheets know UTF-8 by."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(rows[0])
    writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: object) -> str:
    if value is None:
        return ""
    is_plain = isinstance(value, str | int | float)
    text = str(value) if is_plain else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULAS) else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporting:
    """Collects what is known of readers, and sends them the link to it."""

    store: Store
    clock: Clock

    def export(self, email: str) -> Export:
        """Return everything known of an address; raises SubscriberError for nothing."""
        address = parse_address(email)
        found = self.store.query(records_of, address.key)
        if found is None:
            msg = f"nothing is known of {address.text}"
            raise SubscriberError(msg)
        made_at = self.clock.now().isoformat(timespec="seconds")
        return Export(made_at=made_at, records=found)

    def ask(self, email: str, *, origin: str) -> bool:
        """Post the letter with the link to the data of an address, once a day.

        Whoever asked must not be told whether one goes. Nothing goes to what is no
        address.
        """
        try:
            address = parse_address(email)
        except SubscriberError:
            return False

        def work(tx: Transaction) -> bool:
            now = self.clock.now()
            return ask(tx, address.key, origin, now, now + OPEN_FOR)

        return self.store.transact(work)
