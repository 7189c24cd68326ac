"""The page of preferences: a form for each digest, and what the reader gets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from publisher.audience.choosing import WEEKDAYS
from publisher.audience.membership import LONGEST_PAUSE
from publisher.digests.upcoming import Upcoming, upcoming
from publisher.mail.address import masked
from publisher.model.token import Purpose
from publisher.store import Transaction
from publisher.store.readers import Subscription, subscriptions_of
from publisher.store.received import Received, latest_received
from publisher.web.outline import open_outline
from publisher.web.pages import Pages
from publisher.web.preference_forms import DigestForm, Typed, stored
from publisher.web.rhythms import MONTH_DAYS, offered_frequencies
from publisher.web.zones import offered_zones

__all__ = ["PreferencePage", "Reader", "Refused"]

FULL_HOURS = tuple(f"{hour:02}:00" for hour in range(24))
HEADLINES = 5
PAST = 10

Refused = Mapping[int, tuple[Typed, Mapping[str, str]]]
"""What was typed into the form of a subscription, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A subscriber's digests with what comes next and what was got, by number."""

    subscriptions: tuple[Subscription, ...]
    next: Mapping[int, Upcoming]
    past: Mapping[int, tuple[Received, ...]]


class PreferencePage:
    """Shows it; nothing here changes anything."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._parts = pages.parts
        self.outline = open_outline(pages.parts.tree)

    async def read(self, subscriber: int) -> Reader:
        """Return everything the page shows of a reader, as it is at one moment."""
        store = self._parts.store
        return await store.run(store.query, self._read, subscriber)

    def _read(self, tx: Transaction, subscriber: int) -> Reader:
        parts, now = self._parts, self._parts.clock.now()
        rules = parts.membership.rules
        found = subscriptions_of(tx, subscriber)
        return Reader(
            tuple(found),
            {
                one.id: upcoming(
                    tx, one, rules[one.digest_key], parts.tree, now, HEADLINES
                )
                for one in found
                if one.is_active and one.digest_key in rules
            },
            {one.id: latest_received(tx, one.id, PAST) for one in found},
        )

    def language(self, request: Request, found: tuple[Subscription, ...]) -> str:
        """Return the language of the page: asked for, or that of the digests."""
        languages = self._parts.languages
        asked = request.query_params.get("language", "")
        own = [s.choice.language for s in sorted(found, key=lambda s: not s.is_active)]
        wanted = [code for code in (asked, *own) if code in languages]
        return wanted[0] if wanted else self._pages.language_of(request)

    def show(
        self,
        request: Request,
        reader: Reader,
        refused: Refused | None = None,
        *,
        address_fault: str = "",
        new_address: str = "",
        status: int = 200,
    ) -> Response:
        """Return the page; `address_fault` is what is wrong with `new_address`.

        The link to it stands in every digest, and digests are forwarded: so it does not
        show the reader's address.
        """
        found, parts = reader.subscriptions, self._parts
        language = self.language(request, found)
        forms = [
            self._form(request, s, reader, language, (refused or {}).get(s.id))
            for s in found
        ]
        zones = (
            str(parts.zone),
            *(form.typed.zone for form in forms if not form.faults),
        )
        speech = parts.renderer.languages
        values = {
            "forms": forms,
            "address": masked(found[0].email),
            "address_fault": address_fault,
            "new_address": new_address,
            "is_asked": not address_fault
            and request.query_params.get("done") == "asked",
            "outline": self.outline,
            "zones": offered_zones(zones, parts.clock.now()),
            "language_names": [
                (code, speech.get(code).name) for code in parts.languages
            ],
            "weekdays": [
                (day, speech.get(language).weekday(number))
                for number, day in enumerate(WEEKDAYS)
            ],
            "month_days": MONTH_DAYS,
        }
        frame = self._pages.private_frame(request)
        return self._pages.respond(
            "preferences.html", language, frame, values, status=status
        )

    def _form(
        self,
        request: Request,
        subscription: Subscription,
        reader: Reader,
        language: str,
        refused: tuple[Typed, Mapping[str, str]] | None,
    ) -> DigestForm:
        membership = self._parts.membership
        rule = membership.rules.get(subscription.digest_key)
        timetable = subscription.choice.timetable
        now = self._parts.clock.now()
        fields, faults = refused or (
            stored(subscription, membership, self.outline),
            {},
        )
        zone = ZoneInfo(timetable.zone)
        until = subscription.paused_until
        is_offered = rule is not None and subscription.is_active
        return DigestForm(
            id=subscription.id,
            title=rule.title(language) if rule else subscription.digest_key,
            rule=rule,
            is_active=subscription.is_active,
            typed=fields,
            frequency=timetable.frequency.value,
            frequencies=offered_frequencies(rule) if rule else (),
            hours=_hours(fields.hour, is_instant=timetable.is_instant),
            zone=zone,
            faults=faults,
            done=_done_to(request, subscription),
            next=reader.next.get(subscription.id),
            paused_until=until.astimezone(zone).date() if until else None,
            pausable=_pausable(now, zone) if is_offered else None,
            rarer=self._parts.leaving.rarer(subscription),
            past=tuple(
                (one, self._edition_path(one.segment_id))
                for one in reader.past.get(subscription.id, ())
            ),
        )

    def _edition_path(self, segment_id: int) -> str:
        token = self._parts.tokens.sign(Purpose.EDITION, segment_id)
        return self._pages.path(f"/e/{token}")


def _hours(own: str, *, is_instant: bool) -> tuple[str, ...]:
    """Return the hours to choose from, with one that was typed elsewhere."""
    is_time = len(own) == len("00:00") and own[2] == ":" and not is_instant
    return tuple(sorted({*FULL_HOURS, *([own] if is_time else [])}))


def _pausable(now: datetime, zone: ZoneInfo) -> tuple[date, date]:
    """Return the first and the last day on which a pause may end."""
    today = now.astimezone(zone).date()
    return today + timedelta(days=1), today + LONGEST_PAUSE


def _done_to(request: Request, subscription: Subscription) -> str:
    """Return what the address says was done, where it can be true.

    A form is sent to the address of its page, which told of what was done before.
    """
    if request.method == "POST":
        return ""
    asked = request.query_params
    done = asked.get("done", "")
    if subscription.is_active:
        possible = {"saved", "returned", "less", "resumed"}
        if subscription.paused_until:
            possible = {"saved", "less", "paused"}
    else:
        possible = {"left"}
    return (
        done if done in possible and asked.get("digest") == str(subscription.id) else ""
    )
