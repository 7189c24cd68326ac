"""Join, change and leave; every step is recorded with the words that were said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from publisher.audience.choosing import Wish, choice_of
from publisher.clock import Clock
from publisher.errors import SubscriberError
from publisher.mail.address import Address, parse_address
from publisher.model.digest import DigestRule
from publisher.model.rubric import RubricTree
from publisher.model.timetable import day_begins
from publisher.store import Store, Transaction, pauses, readers
from publisher.store.consents import Consent, record_consent
from publisher.store.readers import Choice, Subscription

__all__ = ["LONGEST_PAUSE", "Membership"]

LONGEST_PAUSE = timedelta(days=366)
"""Longer than that nobody pauses: it is leaving, or a mistyped year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Readers and their subscriptions; `zone` is the newsroom's own."""

    store: Store
    clock: Clock
    rules: Mapping[str, DigestRule]
    tree: RubricTree
    languages: Sequence[str]
    zone: str

    def choice(self, wish: Wish) -> Choice:
        """Return the choice that a wish comes to; raises SubscriberError."""
        return choice_of(wish, self.rules, self.tree, self.languages, self.zone)

    def accepts(self, wish: Wish) -> bool:
        """Tell whether a wish could be joined with."""
        try:
            self.choice(wish)
        except SubscriberError:
            return False
        return True

    def join(
        self, email: str, wish: Wish, *, wording: str, origin: str
    ) -> Subscription:
        """Subscribe an address, with the consent it gave; return the subscription.

        `wording` is the text the reader agreed to, or how the operator knows of the
        consent. Raises SubscriberError when anything about it cannot be accepted.
        """
        if not wording.strip():
            msg = f"{email}: nothing is mailed without consent; say how it was given"
            raise SubscriberError(msg)
        address = parse_address(email)
        choice = self.choice(wish)
        now = self.clock.now()
        given = Consent(event="given", origin=origin, wording=wording, at=now)

        def work(tx: Transaction) -> Subscription:
            reason = readers.find_suppression(tx, address.key)
            if reason is not None:
                msg = f"{address.text} may not be written to: {reason}"
                raise SubscriberError(msg)
            return self.enter(tx, address, choice, given)

        return self.store.transact(work)

    def enter(
        self,
        tx: Transaction,
        address: Address,
        choice: Choice,
        given: Consent,
        *,
        asked: Consent | None = None,
    ) -> Subscription:
        """Subscribe an address within a transaction of somebody else.

        `asked` is what was recorded before, when nobody knew whose address it was.
        """
        rule = self.rules[choice.timetable.digest_key]
        zone = choice.timetable.zone
        subscriber_id = readers.keep_subscriber(
            tx, address.mailbox, address.key, choice.language, zone, given.at
        )
        if asked is not None:
            record_consent(tx, subscriber_id, rule.key, asked)
        cursor = readers.first_cursor(tx, given.at - rule.first_reach)
        number = readers.subscribe(tx, subscriber_id, choice, given, cursor=cursor)
        return _found(readers.find_subscription(tx, number), number)

    def change(
        self, subscription_id: int, wish: Wish, *, wording: str, origin: str
    ) -> Subscription:
        """Put another choice in place of a subscription's; raises SubscriberError."""
        choice = self.choice(wish)
        said = Consent(
            event="changed", origin=origin, wording=wording, at=self.clock.now()
        )

        def work(tx: Transaction) -> Subscription:
            readers.change(tx, subscription_id, choice, said)
            return _found(
                readers.find_subscription(tx, subscription_id), subscription_id
            )

        return self.store.transact(work)

    def leave(self, subscription_id: int, *, origin: str) -> bool:
        """End a subscription at once; return whether it was active.

        A subscription that is unknown or has ended is no error: who leaves twice, or
        was erased, has left (RFC 8058).
        """
        said = Consent(
            event="withdrawn", origin=origin, wording="", at=self.clock.now()
        )
        return self.store.transact(readers.leave, subscription_id, said)

    def pause(self, subscription_id: int, until: date, *, origin: str) -> Subscription:
        """Send nothing until a local day of the reader, with which the pause ends.

        Queued mail stops at once. What comes in meanwhile is in the first digest after
        the pause, as far as it is still news (law 8). Raises SubscriberError for a day
        that has begun or is too far away, and for a subscription that is not.
        """
        found = _found(self.find(subscription_id), subscription_id)
        now = self.clock.now()
        zone = ZoneInfo(found.choice.timetable.zone)
        until_at = day_begins(until, zone)
        today = now.astimezone(zone).date()
        if not today < until <= today + LONGEST_PAUSE:
            first, last = today + timedelta(days=1), today + LONGEST_PAUSE
            msg = (
                f"subscription {subscription_id} cannot be paused until {until}:"
                f" name a day from {first} to {last}"
            )
            raise SubscriberError(msg)
        wording = f"until {until}"
        said = Consent(event="paused", origin=origin, wording=wording, at=now)

        def work(tx: Transaction) -> Subscription:
            pauses.pause(tx, subscription_id, until_at, said)
            return _found(
                readers.find_subscription(tx, subscription_id), subscription_id
            )

        return self.store.transact(work)

    def resume(self, subscription_id: int, *, origin: str) -> bool:
        """End a pause now; return whether there was one."""
        now = self.clock.now()
        said = Consent(event="resumed", origin=origin, wording="", at=now)
        return self.store.transact(pauses.resume, subscription_id, said)

    def find(self, subscription_id: int) -> Subscription | None:
        """Return a subscription, or None."""
        return self.store.query(readers.find_subscription, subscription_id)


def _found(subscription: Subscription | None, number: int) -> Subscription:
    if subscription is None:
        msg = f"subscription {number} does not exist"
        raise SubscriberError(msg)
    return subscription
