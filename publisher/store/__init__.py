"""The store: tables, queries, units of work, migrations. The only SQL there is."""

from publisher.store.engine import Store, Transaction
from publisher.store.migrate import migrate

__all__ = ["Store", "Transaction", "migrate"]
