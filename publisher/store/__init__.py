"""The store: tables, queries, units of work, migrations. The only SQL there is."""

from publisher.store.engine import Store, Transaction, is_reachable
from publisher.store.migrate import migrate

__all__ = ["Store", "Transaction", "is_reachable", "migrate"]
