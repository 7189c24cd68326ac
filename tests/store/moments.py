"""Works that are done at one moment, in an order that no luck decides."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

from publisher.store import Store, Transaction

__all__ = ["at_one_moment"]

Work = Callable[[Transaction], object]


def at_one_moment(store: Store, first: Work, *others: Work) -> None:
    """Do one work, and others after each other while it is done and not committed.

    They get a third of a second for it, and the rest once the first is committed.
    """
    is_first_done, may_commit = threading.Event(), threading.Event()

    def slowly(tx: Transaction) -> None:
        first(tx)
        is_first_done.set()
        may_commit.wait(10)

    def do_others() -> None:
        for work in others:
            store.transact(work)

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(store.transact, slowly)
        is_first_done.wait(10)
        rest = pool.submit(do_others)
        wait([rest], timeout=0.3)
        may_commit.set()
        one.result()
        rest.result()
