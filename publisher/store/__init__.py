"""The store: tables, queries, units of work, migrations. The only SQL there is."""

from publisher.store.engine import OUT_OF_ORDER, Store, Transaction, is_reachable
from publisher.store.migrate import migrate

__all__ = ["OUT_OF_ORDER", "Store", "Transaction", "is_reachable", "migrate"]
