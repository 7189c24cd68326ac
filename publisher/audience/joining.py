"""Ask to join: what is kept, what is sent, and who is told nothing by it.

Everything that a request does is one transaction, and of the same size whether or not
we know the address: one row for the request, one count, and a letter. Only who reads
the mail of the address sees which letter it was.
"""

import hashlib
import hmac
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from publisher.audience.choosing import Wish
from publisher.audience.describing import ChosenDigest, describe
from publisher.audience.membership import Membership
from publisher.errors import SubscriberError
from publisher.mail.address import Address, parse_address
from publisher.model.joining import KEPT, VALID, Reply, count_asked, reply_to
from publisher.model.provider import ProviderTable
from publisher.model.token import TokenKeys
from publisher.rendering.language import Languages
from publisher.store import Transaction, joinings, readers
from publisher.store.joinings import Joining, NewJoining
from publisher.store.letters import NewLetter, post
from publisher.store.readers import Choice

__all__ = ["ConsentTexts", "Joinings", "Limits", "Request", "wish_of"]

AT_ONCE = 500
"""Requests that are forgotten in one transaction."""

A_DAY = timedelta(days=1)

_log = logging.getLogger("publisher.audience")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentTexts:
    """What readers agree to, by language; `version` changes with the words."""

    version: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Requests within an hour: from one client, and for the addresses of a domain.

    Domains of the large mailbox providers, where most readers are, may have more.
    """

    per_client: int = 20
    per_domain: int = 60
    per_provider: int = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody sent; `language` is that of the form, and of the consent in it."""

    email: str
    wishes: tuple[Wish, ...]
    language: str
    source: str = ""
    ip: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joinings:
    """Requests to join, from the form to the letter.

    Where it is not `is_open`, nobody may ask; what was asked can still be confirmed.
    """

    membership: Membership
    tokens: TokenKeys
    languages: Languages
    consent: ConsentTexts
    limits: Limits = Limits()
    providers: ProviderTable = field(default_factory=ProviderTable)
    is_open: bool = True

    def ask(self, request: Request) -> bool:
        """Take a request; return False when its domain was asked for too often.

        Raises SubscriberError for an address that is none and a wish that cannot be.
        What comes back says nothing about whether we know the address.
        """
        address = parse_address(request.email)
        for wish in request.wishes:
            self.membership.choice(wish)
        return self.membership.store.transact(self._take, address, request)

    def described(self, joining: Joining, language: str) -> list[ChosenDigest]:
        """Return what a request is for, without what is no longer offered."""
        return [
            self.described_choice(choice, language) for choice in self.choices(joining)
        ]

    def choices(self, joining: Joining) -> list[Choice]:
        """Return what a request is for, as far as it is still offered.

        Where a rubric or an hour is not any more, the digest's own stand in.
        """
        found: list[Choice] = []
        for wish in map(wish_of, joining.wishes):
            plain = Wish(digest=wish.digest, zone=joining.zone)
            for one in (wish, plain):
                with suppress(SubscriberError):
                    found.append(self.membership.choice(one))
                    break
        return found

    def find(self, number: int) -> Joining | None:
        """Return a request, or None."""
        return self.membership.store.query(joinings.find, number)

    def forget(self) -> int:
        """Delete what is older than 30 days; return how many requests that were.

        How often an address was written to without an answer is never forgotten.
        """
        now = self.membership.clock.now()
        store, total, gone = self.membership.store, 0, AT_ONCE
        while gone == AT_ONCE:
            gone = store.transact(joinings.forget, now - KEPT, now - A_DAY, AT_ONCE)
            total += gone
        if total:
            _log.info("joinings.forgotten count=%d", total)
        return total

    def marks(self, address: Address) -> list[str]:
        """Return what stands for an address in the counts, by every key we have."""
        keys, current = self.tokens.keys, self.tokens.current
        numbers = sorted(keys, key=lambda number: (number != current, -number))
        return [_mark(keys[number], f"joining {address.key}") for number in numbers]

    def _take(self, tx: Transaction, address: Address, request: Request) -> bool:
        now = self.membership.clock.now()
        if not self._count_domain(tx, address):
            return False
        marks = self.marks(address)
        written = joinings.written_to(tx, marks)
        has = readers.active_digests(tx, address.key)
        missing = [wish for wish in request.wishes if wish.digest not in has]
        reply = reply_to(
            written,
            now,
            suppression=readers.find_suppression(tx, address.key),
            has_everything=not missing,
        )
        joining = joinings.add(
            tx, self._new(address, request, missing or request.wishes, reply)
        )
        if reply is not Reply.NOTHING:
            joinings.keep_written(tx, marks, written.again(now))
            subscriber = next(iter(has.values()), None)
            post(tx, self._letter(joining, reply, subscriber), now)
        _log.info("joining.asked joining=%d reply=%s", joining.id, reply)
        return True

    def _count_domain(self, tx: Transaction, address: Address) -> bool:
        """Count a request for a domain; tell whether there may be so many."""
        domain = address.key.rpartition("@")[2]
        is_large = self.providers.group_of_domain(domain) is not None
        most = self.limits.per_provider if is_large else self.limits.per_domain
        mark = _mark(self.tokens.secret, f"domain {domain}")
        now = self.membership.clock.now()
        asked = count_asked(joinings.domain_asked(tx, mark), now)
        joinings.keep_domain(tx, mark, asked)
        return asked.count <= most

    def _new(
        self, address: Address, request: Request, wishes: Sequence[Wish], reply: Reply
    ) -> NewJoining:
        now = self.membership.clock.now()
        return NewJoining(
            email=address.mailbox,
            address_key=address.key,
            reply=reply,
            language=request.language,
            zone=wishes[0].zone or self.membership.zone,
            wishes=[asdict(wish) for wish in wishes],
            wording=self.consent.texts[request.language],
            version=self.consent.version,
            source=request.source[:500],
            ip=request.ip[:45],
            agent=request.agent[:300],
            asked_at=now,
            expires_at=now + VALID,
        )

    def _letter(
        self, joining: Joining, reply: Reply, subscriber: int | None
    ) -> NewLetter:
        facts: dict[str, Any] = {"subscriber": subscriber}
        if reply is Reply.CONFIRM:
            zone = ZoneInfo(joining.zone)
            digests = self.described(joining, joining.language)
            facts = {
                "joining": joining.id,
                "digests": [one.facts("title", "rubrics", "rhythm") for one in digests],
                "expires_on": f"{joining.expires_at.astimezone(zone):%Y-%m-%d}",
            }
        return NewLetter(
            once=joining.letter,
            kind=reply.value,
            email=joining.email,
            language=joining.language,
            facts=facts,
            expires_at=joining.expires_at,
            subscriber_id=subscriber,
        )

    def described_choice(self, choice: Choice, language: str) -> ChosenDigest:
        """Return what one choice means, in a language."""
        own = self.membership
        rule = own.rules[choice.timetable.digest_key]
        return describe(
            rule, choice, own.tree, self.languages.get(language), own.clock.now()
        )


def wish_of(kept: Mapping[str, Any]) -> Wish:
    """Return the wish that a request kept as JSON."""
    known = {one.name for one in fields(Wish)} & kept.keys()
    given = {name: kept[name] for name in known}
    return Wish(
        **{k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}  # type: ignore[arg-type]
    )


def _mark(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(), hashlib.sha256).hex()[:40]
