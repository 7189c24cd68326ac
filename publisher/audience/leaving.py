"""Leave one digest or all, want less instead, and come back after a goodbye."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from publisher.audience.choosing import Wish
from publisher.audience.membership import Membership
from publisher.errors import SubscriberError
from publisher.model.digest import DigestRule, Rhythm
from publisher.model.timetable import Frequency
from publisher.store import Transaction, farewells, readers
from publisher.store.letters import NewLetter, post
from publisher.store.readers import Choice, Consent, Subscription

__all__ = ["ONE_CLICK", "SHORT_PAUSE", "WAY_BACK", "Leaving"]

ONE_CLICK = "one-click"
"""Where a consent was withdrawn by a mail program, which has its own goodbye."""

WAY_BACK = timedelta(days=30)
"""How long after leaving the button of the goodbye works."""

SHORT_PAUSE = timedelta(days=30)
"""The pause that is offered instead of leaving."""

LETTER_KEPT = timedelta(days=1)
"""A goodbye that comes later than that is a bother."""

MON_TO_FRI = tuple(range(5))


@dataclass(frozen=True, slots=True)
class Leaving:
    """What stands behind leave links; nobody has to log in for any of it.

    `has_letter`: a goodbye follows by mail, unless a mail program did the leaving.
    """

    membership: Membership
    has_letter: bool = False

    def leave(self, subscription_id: int, *, origin: str) -> bool:
        """End a subscription at once; return whether it went on until now.

        One that is unknown or has ended is no error (RFC 8058).
        """
        return self.membership.store.transact(self.leave_in, subscription_id, origin)

    def leave_in(self, tx: Transaction, subscription_id: int, origin: str) -> bool:
        """Do the same within a transaction of somebody else."""
        has_left = readers.leave(tx, subscription_id, self._withdrawn(origin))
        if has_left and self.has_letter and origin != ONE_CLICK:
            self._say_goodbye(tx, subscription_id)
        return has_left

    def leave_all(self, subscriber_id: int, *, origin: str) -> int:
        """End all subscriptions of a subscriber; return how many there were."""
        said = self._withdrawn(origin)
        return self.membership.store.transact(farewells.leave_all, subscriber_id, said)

    def rarer(self, found: Subscription) -> Frequency | None:
        """Return how often an active reader could have a digest instead, if rarer."""
        rule = self.membership.rules.get(found.digest_key)
        if rule is None or not found.is_active:
            return None
        return rule.rarer_than(found.choice.timetable.frequency)

    def lessen(self, found: Subscription, frequency: str, *, origin: str) -> bool:
        """Let a digest come as seldom as was offered; return whether it does.

        Asked twice it stays as it is. What is not rarer, or not offered, is refused.
        """
        rule = self.membership.rules.get(found.digest_key)
        present = found.choice.timetable.frequency
        if rule is None or not found.is_active or frequency not in list(Frequency):
            return False
        wanted = Frequency(frequency)
        if wanted is present:
            return True
        order = list(Frequency)
        if order.index(wanted) < order.index(present) or not rule.offers(wanted):
            return False
        said = Consent(
            event="changed",
            origin=origin,
            wording=f"{rule.key}: {wanted} instead of {present}",
            at=self.membership.clock.now(),
        )
        choice = _rarer_choice(found.choice, rule, wanted)
        self.membership.store.transact(readers.change, found.id, choice, said)
        return True

    def pause_briefly(self, found: Subscription, *, origin: str) -> date | None:
        """Pause for 30 days; return the day on which the digest comes again."""
        if not found.is_active:
            return None
        zone = ZoneInfo(found.choice.timetable.zone)
        until = self.membership.clock.now().astimezone(zone).date() + SHORT_PAUSE
        self.membership.pause(found.id, until, origin=origin)
        return until

    def may_return(self, subscription_id: int, within: timedelta = WAY_BACK) -> bool:
        """Tell whether a reader left so recently that one press brings them back."""
        store = self.membership.store
        ended_at = store.query(farewells.left_at, subscription_id)
        return ended_at is not None and self.membership.clock.now() < ended_at + within

    def come_back(
        self, left: Subscription, wish: Wish, *, wording: str
    ) -> Subscription | None:
        """Subscribe a reader again to what they had; None where that is over.

        `wording` is what the button said: pressing it is the consent.
        """
        if not self.may_return(left.id):
            return None
        try:
            return self.membership.join(
                left.email, wish, wording=wording, origin="way back"
            )
        except SubscriberError:
            return None

    def _withdrawn(self, origin: str) -> Consent:
        now = self.membership.clock.now()
        return Consent(event="withdrawn", origin=origin, wording="", at=now)

    def _say_goodbye(self, tx: Transaction, subscription_id: int) -> None:
        found = readers.find_subscription(tx, subscription_id)
        rules, now = self.membership.rules, self.membership.clock.now()
        if found is None or found.digest_key not in rules:
            return
        language = found.choice.language
        title = rules[found.digest_key].title(language)
        letter = NewLetter(
            # Who leaves and returns all day long is told once.
            once=f"goodbye-{subscription_id}-{now:%Y%m%d}",
            kind="goodbye",
            email=found.email,
            language=language,
            facts={"title": title, "subscription": subscription_id},
            expires_at=now + LETTER_KEPT,
            subscriber_id=found.subscriber_id,
        )
        post(tx, letter, now)


def _rarer_choice(choice: Choice, rule: DigestRule, wanted: Frequency) -> Choice:
    """Return a choice with another rhythm and whatever fits of the present one."""
    old = choice.timetable
    weekdays = old.weekdays or rule.weekdays or MON_TO_FRI
    rhythm = Rhythm(wanted, weekdays, rule.month_day)
    at = None if old.is_instant else old.at
    return replace(choice, timetable=rule.timetable(old.zone, at, rhythm))
