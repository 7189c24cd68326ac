"""The one MetaData, and the column types that behave the same on both databases."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    TypeDecorator,
)
from typing_extensions import override

__all__ = ["BIG_ID", "JSON_VALUE", "UtcDateTime", "identity", "metadata"]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BIG_ID = BigInteger().with_variant(Integer, "sqlite")
"""64 bits on both; only INTEGER is an alias of the row id on SQLite."""

JSON_VALUE = JSON(none_as_null=True)
"""What is missing is NULL, and not the JSON text null."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite would silently drop the offset (law 17)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"naive time {value.isoformat()} may not enter the store"
            raise ValueError(msg)
        return value.astimezone(UTC)

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return (
            moment.replace(tzinfo=UTC)
            if moment.tzinfo is None
            else moment.astimezone(UTC)
        )


def identity() -> Column[int]:
    """Return the usual primary key column."""
    return Column("id", BIG_ID, primary_key=True, autoincrement=True)
