"""Press the button of a confirmation: the subscriptions, their consent, a welcome."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from publisher.audience.joining import Joinings
from publisher.mail.address import Address, parse_address
from publisher.model.joining import LIFTED, Reply
from publisher.store import Transaction, joinings, readers
from publisher.store.consents import Consent
from publisher.store.joinings import Joining
from publisher.store.letters import NewLetter, post
from publisher.store.planning_turns import turn_to_move
from publisher.store.readers import Choice, Subscription
from publisher.store.suppressions import hold_address, unsuppress

__all__ = ["ORIGIN", "Confirmation", "Confirming", "Pressed", "Visit"]

ORIGIN = "subscribe page"

WELCOME_KEPT = timedelta(days=3)
"""A welcome that comes later than that welcomes nobody."""

_log = logging.getLogger("publisher.audience")


class Pressed(Enum):
    """What became of the button; who presses it again is told the same."""

    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    """The request was never made, or is kept no longer."""
    ENDED = "ended"
    """None of its digests is published any more."""
    REFUSED = "refused"
    """The address came back as wrong, or complained, since the request was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Who pressed the button: for the record."""

    ip: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What is true after the button was pressed."""

    pressed: Pressed
    joining: Joining | None = None
    subscriptions: tuple[Subscription, ...] = ()

    @property
    def subscriber_id(self) -> int | None:
        """Whose subscriptions they are."""
        return next((one.subscriber_id for one in self.subscriptions), None)


@dataclass(frozen=True, slots=True)
class Confirming:
    """What stands behind the button of a confirmation."""

    joinings: Joinings

    def confirm(self, number: int, visit: Visit) -> Confirmation:
        """Subscribe whoever asked; a second press changes nothing."""
        return self.joinings.membership.store.transact(self._press, number, visit)

    def _press(self, tx: Transaction, number: int, visit: Visit) -> Confirmation:
        now = self.joinings.membership.clock.now()
        joining = joinings.find(tx, number, is_locked=True)
        if joining is None or joining.reply is not Reply.CONFIRM:
            return Confirmation(pressed=Pressed.UNKNOWN)
        address = parse_address(joining.email)
        if joining.confirmed_at is not None:
            return self._again(tx, address, joining)
        if now >= joining.expires_at:
            return Confirmation(pressed=Pressed.EXPIRED, joining=joining)
        choices = self.joinings.choices(joining)
        if not choices:
            return Confirmation(pressed=Pressed.ENDED, joining=joining)
        hold_address(tx, address.key)  # Before any turn, as whoever joins does.
        if not self._may_write(tx, address):
            return Confirmation(pressed=Pressed.REFUSED, joining=joining)
        return self._enter(tx, address, joining, choices, visit)

    def _may_write(self, tx: Transaction, address: Address) -> bool:
        """Tell whether the address may be written to; who had left it may again."""
        reason = readers.find_suppression(tx, address.key)
        if reason in LIFTED:
            unsuppress(tx, address.key)
        return reason is None or reason in LIFTED

    def _enter(
        self,
        tx: Transaction,
        address: Address,
        joining: Joining,
        choices: list[Choice],
        visit: Visit,
    ) -> Confirmation:
        own = self.joinings
        now = own.membership.clock.now()
        turn_to_move(tx, {choice.timetable.digest_key for choice in choices})
        made = tuple(
            own.membership.enter(
                tx,
                address,
                choice,
                _said("given", joining, choice, now, visit),
                asked=_said("asked", joining, choice, joining.asked_at),
            )
            for choice in choices
        )
        joinings.mark_confirmed(tx, joining.id, now)
        marks = own.marks(address)
        written = joinings.written_to(tx, marks)
        joinings.keep_written(tx, marks, written.answered())
        done = Confirmation(
            pressed=Pressed.CONFIRMED, joining=joining, subscriptions=made
        )
        post(tx, self._welcome(done, joining, now), now)
        _log.info(
            "joining.confirmed joining=%d subscriber=%s", joining.id, done.subscriber_id
        )
        return done

    def _again(
        self, tx: Transaction, address: Address, joining: Joining
    ) -> Confirmation:
        """Return what the first press did, as far as it is still so."""
        wanted = {str(wish["digest"]) for wish in joining.wishes}
        found = tuple(
            one
            for one in readers.subscriptions_at(tx, address.key)
            if one.is_active and one.digest_key in wanted
        )
        return Confirmation(
            pressed=Pressed.CONFIRMED, joining=joining, subscriptions=found
        )

    def _welcome(
        self, done: Confirmation, joining: Joining, now: datetime
    ) -> NewLetter:
        choices = [one.choice for one in done.subscriptions]
        digests = [
            self.joinings.described_choice(choice, joining.language)
            for choice in choices
        ]
        return NewLetter(
            once=f"welcome-{joining.id}",
            kind="welcome",
            email=joining.email,
            language=joining.language,
            facts={
                "subscriber": done.subscriber_id,
                "digests": [
                    one.facts("title", "rhythm", "first_on") for one in digests
                ],
            },
            expires_at=now + WELCOME_KEPT,
            subscriber_id=done.subscriber_id,
        )


def _said(
    event: str,
    joining: Joining,
    choice: Choice,
    at: datetime,
    visit: Visit | None = None,
) -> Consent:
    """Return a consent as it was asked for, or as it was given by the button."""
    timetable = choice.timetable
    return Consent(
        event=event,
        origin=ORIGIN,
        wording=joining.wording,
        at=at,
        version=joining.version,
        language=joining.language,
        source=joining.source,
        ip=joining.ip if visit is None else visit.ip[:45],
        agent=joining.agent if visit is None else visit.agent[:300],
        choices={
            "rubrics": list(choice.selection.chosen),
            "excluded": list(choice.selection.excluded),
            "frequency": timetable.frequency.value,
            "weekdays": list(timetable.weekdays),
            "month_day": timetable.month_day,
            "hour": f"{timetable.at:%H:%M}",
            "zone": timetable.zone,
            "language": choice.language,
            "compact": choice.is_compact,
        },
        letter="" if visit is None else joining.letter,
    )
