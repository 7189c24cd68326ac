"""The script of the page about moving copies every row, and the new store goes on."""

import subprocess
import sys
from datetime import date
from importlib.util import module_from_spec, spec_from_file_location

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    Float,
    Integer,
    LargeBinary,
    Table,
    insert,
    select,
)

from publisher.store import Store, Transaction
from publisher.store.schema import metadata
from publisher.store.schema.metadata import UtcDateTime
from publisher.store.schema.rubrics import rubric
from tests.architecture.tree import ROOT
from tests.builders import MORNING
from tests.docs.pages import DOCS
from tests.store.databases import open_store

SCRIPT = DOCS / "how-to" / "copy_store.py"


def copy_store(origin: str, target: str) -> dict[str, int]:
    """Copy as the script does; return the number of rows of every table."""
    spec = spec_from_file_location("copy_store", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    return dict(script.copy_store(origin, target))


def fill(tx: Transaction) -> None:
    """Put a row into every table; the first rubric stands below the second."""
    for table in metadata.sorted_tables:
        tx.execute(insert(table).values(a_row(table)))
    tx.execute(insert(rubric).values(a_row(rubric) | {"id": 2, "key": "above"}))
    tx.execute(rubric.update().where(rubric.c.id == 1).values(parent_id=2))


def a_row(table: Table) -> dict[str, object]:
    return {
        column.name: None
        if any(key.column.table is table for key in column.foreign_keys)
        else a_value(column.type)
        for column in table.columns
        if column.computed is None
    }


def a_value(kind: object) -> object:
    values: dict[type, object] = {
        Boolean: True,
        Date: date(2026, 3, 2),
        UtcDateTime: MORNING,
        JSON: ["қазақша"],
        LargeBinary: b"\x00\xff",
        Integer: 1,
        Float: 0.25,
    }
    return next((v for known, v in values.items() if isinstance(kind, known)), "x")


def everything_in(tx: Transaction) -> dict[str, list[str]]:
    return {
        table.name: sorted(repr(tuple(row)) for row in tx.execute(select(table)))
        for table in metadata.sorted_tables
    }


def add_rubric(tx: Transaction) -> int:
    values = a_row(rubric) | {"key": "new"}
    del values["id"]
    new = insert(rubric).values(values).returning(rubric.c.id)
    return int(tx.execute(new).scalar_one())


def address_of(store: Store) -> str:
    return store.engine.url.render_as_string(hide_password=False)


@pytest.mark.slow
def test_every_row_is_copied_and_new_rows_get_new_numbers(
    sqlite_store: Store, bare_url: str
) -> None:
    sqlite_store.transact(fill)

    counts = copy_store(address_of(sqlite_store), bare_url)

    with open_store(bare_url) as target:
        expected = sqlite_store.query(everything_in)
        assert target.query(everything_in) == expected
        assert counts == {name: len(rows) for name, rows in expected.items()}
        assert target.transact(add_rubric) == 3


def test_a_store_that_has_rows_is_not_copied_into(sqlite_store: Store) -> None:
    sqlite_store.transact(fill)
    address = address_of(sqlite_store)

    ended = subprocess.run(
        [sys.executable, SCRIPT, address, address],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert "take an empty database" in ended.stderr
