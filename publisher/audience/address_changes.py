"""Move a reader to another address, once both mailboxes have agreed.

Whoever holds a forwarded digest holds its link to the preferences. If the new mailbox
alone could confirm, a stranger would take the subscription away, and with it whatever
we send to its address from then on; so the present mailbox is asked as well.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from publisher.audience.membership import Membership
from publisher.mail.address import Address, masked, parse_address
from publisher.store import Transaction, address_changes
from publisher.store.address_changes import AddressChange
from publisher.store.letters import NewLetter, post
from publisher.store.readers import Consent, subscriptions_of

__all__ = ["AddressChanges", "ChangeState", "Confirmation"]

KEPT = timedelta(days=7)
"""How long both mailboxes have for their answer."""

PAUSE = timedelta(days=1)
"""Between two changes: each writes to a mailbox of the reader's choice."""

FORGOTTEN = timedelta(days=30)
"""After their time, changes are forgotten with the addresses in them."""

ORIGIN = "address page"


class ChangeState(StrEnum):
    """Where a change stands, as the page behind a letter tells it."""

    OPEN = "open"
    """This mailbox has not answered yet."""
    HALF = "half"
    """This mailbox has agreed, the other one is waited for."""
    DONE = "done"
    TAKEN = "taken"
    """The new address has subscriptions of its own."""
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One mailbox's say in a change; its number is what a letter's link names."""

    change_id: int
    is_new: bool

    @property
    def number(self) -> int:
        """The number in links: even for the new mailbox, odd for the present one."""
        return 2 * self.change_id + (not self.is_new)

    @classmethod
    def of(cls, number: int) -> "Confirmation":
        """Return the say that a link names."""
        return cls(number // 2, is_new=number % 2 == 0)


@dataclass(frozen=True, slots=True)
class AddressChanges:
    """Asking for another address, and the two answers."""

    membership: Membership

    def ask(self, subscriber_id: int, typed: str) -> bool:
        """Write to both mailboxes; return False where one was asked for a day ago.

        Who asks for the present address hears the same and nothing is written: the
        page must not tell anybody whether an address was guessed right. Raises
        SubscriberError for what is no address.
        """
        address = parse_address(typed)
        return self.membership.store.transact(self._ask, subscriber_id, address)

    def _ask(self, tx: Transaction, subscriber_id: int, address: Address) -> bool:
        now = self.membership.clock.now()
        address_changes.forget(tx, now - FORGOTTEN)
        last = address_changes.last_asked(tx, subscriber_id)
        if last is not None and now < last + PAUSE:
            return False
        change_id = address_changes.ask(
            tx, subscriber_id, address.mailbox, address.key, now + KEPT, now
        )
        change = address_changes.find(tx, change_id)
        if change is not None and not change.is_same:
            self._write(tx, change)
        return True

    def _write(self, tx: Transaction, change: AddressChange) -> None:
        now = self.membership.clock.now()
        own = sorted(
            subscriptions_of(tx, change.subscriber_id), key=lambda s: not s.is_active
        )
        language = own[0].choice.language if own else change.language
        for is_new, email in ((True, change.new), (False, change.old)):
            number = Confirmation(change.id, is_new=is_new).number
            letter = NewLetter(
                once=f"address-{number}",
                kind="address",
                email=email,
                language=language,
                facts={
                    "change": number,
                    "old": masked(change.old),
                    "new": change.new,
                },
                expires_at=change.expires_at,
                subscriber_id=change.subscriber_id,
            )
            post(tx, letter, now)

    def look(self, asked: Confirmation) -> tuple[ChangeState, AddressChange | None]:
        """Return where a change stands for one mailbox, without changing anything."""
        change = self.membership.store.query(address_changes.find, asked.change_id)
        return self._state(change, asked), change

    def confirm(self, asked: Confirmation) -> tuple[ChangeState, AddressChange | None]:
        """Let one mailbox agree; with both, the new address takes the old one's place.

        Agreeing again changes nothing.
        """
        return self.membership.store.transact(self._confirm, asked)

    def _confirm(
        self, tx: Transaction, asked: Confirmation
    ) -> tuple[ChangeState, AddressChange | None]:
        before = address_changes.find(tx, asked.change_id)
        state = self._state(before, asked)
        if before is None or state in {ChangeState.DONE, ChangeState.OVER}:
            return state, before
        now = self.membership.clock.now()
        address_changes.confirm(tx, before.id, now, is_new=asked.is_new)
        change = address_changes.find(tx, asked.change_id)
        if change is None or not (
            change.is_confirmed_by_new and change.is_confirmed_by_old
        ):
            return ChangeState.HALF, before
        said = Consent(
            event="changed",
            origin=ORIGIN,
            # No address in a record that outlives the reader's.
            wording=f"address: {masked(before.old)} to {masked(before.new)},"
            " confirmed by both",
            at=now,
        )
        is_done = address_changes.settle(tx, change.id, said)
        return (ChangeState.DONE if is_done else ChangeState.TAKEN), before

    def _state(self, change: AddressChange | None, asked: Confirmation) -> ChangeState:
        if change is None:
            return ChangeState.OVER
        if change.is_settled:
            return ChangeState.DONE
        if change.expires_at <= self.membership.clock.now():
            return ChangeState.OVER
        is_mine = (
            change.is_confirmed_by_new if asked.is_new else change.is_confirmed_by_old
        )
        if change.is_confirmed_by_new and change.is_confirmed_by_old:
            return ChangeState.TAKEN
        return ChangeState.HALF if is_mine else ChangeState.OPEN
