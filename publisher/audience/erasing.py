"""Erasing a reader at their own wish."""

import logging
from dataclasses import dataclass

from publisher.clock import Clock
from publisher.mail.address import parse_address
from publisher.store import Store
from publisher.store.erasing import Erased, erase_address
from publisher.store.records import records_of

__all__ = ["Erasing"]

_log = logging.getLogger("publisher.audience")


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasing:
    """Takes away what is known of a person, and sees to it that nobody writes again."""

    store: Store
    clock: Clock

    def is_known(self, email: str) -> bool:
        """Tell whether there is anything of an address, a suppression included.

        Raises SubscriberError for what is no address.
        """
        key = parse_address(email).key
        return self.store.query(records_of, key) is not None

    def erase(self, email: str, *, origin: str) -> Erased:
        """Erase whoever has an address; it stays suppressed by its keyed hash.

        Queued mail stops at once; a message that is on the wire ends as it ends. Doing
        it again is no error. Raises SubscriberError for what is no address.
        """
        address = parse_address(email)
        erased = self.store.transact(erase_address, address.key, self.clock.now())
        self.store.empty_log()
        _log.info(
            "reader.erased subscriber=%d origin=%s rows=%d",
            erased.subscriber_id or 0,
            origin,
            sum(erased.rows.values()),
        )
        return erased
