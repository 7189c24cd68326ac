"""Send readers the link to their preferences, and tell nobody who is one."""

from dataclasses import dataclass
from datetime import timedelta

from publisher.audience.membership import Membership
from publisher.mail.address import Address
from publisher.store import Transaction
from publisher.store.letter_history import last_posted
from publisher.store.letters import NewLetter, post
from publisher.store.readers import subscriptions_at

__all__ = ["LinkRequests"]

AGAIN = timedelta(hours=1)
AGAIN_WHO_LEFT = timedelta(days=1)
"""Anybody can type anybody's address; who has left is bothered even less."""

KEPT = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class LinkRequests:
    """Asking for the link to one's preferences by mail."""

    membership: Membership

    def ask(self, address: Address) -> bool:
        """Write to an address that has subscriptions; return whether that was done.

        At most once an hour, and once a day to who has left everything. Whoever asks
        must be answered the same in any case.
        """
        return self.membership.store.transact(self._ask, address)

    def _ask(self, tx: Transaction, address: Address) -> bool:
        found = sorted(
            subscriptions_at(tx, address.key), key=lambda one: not one.is_active
        )
        if not found:
            return False
        first, now = found[0], self.membership.clock.now()
        last = last_posted(tx, first.subscriber_id, "preferences")
        wait = AGAIN if first.is_active else AGAIN_WHO_LEFT
        if last is not None and now < last + wait:
            return False
        letter = NewLetter(
            # Two requests at the same moment find no letter before them.
            once=f"preferences-{first.subscriber_id}-{now:%Y%m%d%H%M}",
            kind="preferences",
            email=first.email,
            language=first.choice.language,
            facts={"subscriber": first.subscriber_id},
            expires_at=now + KEPT,
            subscriber_id=first.subscriber_id,
        )
        return post(tx, letter, now)
