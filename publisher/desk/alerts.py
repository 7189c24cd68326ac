"""Mail to the operator when an edition fails or sending is shut."""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo

from publisher.clock import Clock
from publisher.desk.alarm import Alarm, Trouble
from publisher.digests.addressing import Addressing
from publisher.errors import PublisherError
from publisher.mail.headers import Mailbox
from publisher.mail.message import Composition, Personal, compile_message
from publisher.mail.transport import Envelope, Transport
from publisher.model.reply import Kind
from publisher.rendering.letterhead import Look, Site, harmless
from publisher.rendering.templates import RenderedMessage, Renderer
from publisher.store import Store
from publisher.store.alerts import may_tell

__all__ = ["REST", "Alerts", "Letter", "words"]

REST = timedelta(hours=1)
"""How long nothing more is said of the same subject."""

_log = logging.getLogger("publisher.desk")


@dataclass(frozen=True, kw_only=True)
class Letter:
    """How an alert is written, in the language of the newsroom."""

    renderer: Renderer
    language: str
    site: Site
    look: Look
    zone: tzinfo

    def rendered(self, trouble: Trouble) -> RenderedMessage:
        """Render `templates/email/alert`; raises TemplateError.

        It shows no logo: filters take a picture with little text for an advertisement.
        """
        gettext = self.renderer.languages.get(self.language).gettext
        headline, advice = words(trouble.event, gettext)
        return self.renderer.message(
            "alert",
            self.language,
            headline=headline,
            advice=advice,
            trouble=trouble,
            site=harmless(self.site),
            look=harmless(replace(self.look, logo_url="")),
            zone=self.zone,
        )


def words(event: str, gettext: Callable[[str], str]) -> tuple[str, str]:
    """Return what happened, and what that means or what to do about it."""
    match event:
        case "edition.missed":
            return gettext("An edition was missed"), gettext(
                "Nothing ran at its hour, and now it is too late for it."
                " Its articles come with the next edition."
            )
        case "edition.planning_failed":
            return gettext("An edition cannot be planned"), gettext(
                "It is tried again and again; the reason is in the log."
            )
        case "segment.not_composed":
            return gettext("A part of an edition could not be composed"), gettext(
                "Its readers are skipped, and their articles come with the next"
                " edition. The reason is in the log; templates can be tried with:"
                " publisher templates check"
            )
        case "letter.not_composed":
            return gettext("A letter could not be composed"), gettext(
                "It was not sent. The reason is in: publisher letters list --state"
                " failed. Afterwards it goes with: publisher letters resend"
            )
        case "gate.shut":
            return gettext("Sending is shut"), gettext(
                "Mail waits until it opens again. To see why: publisher pace list"
            )
        case _:
            return gettext("The relay does not take our mail"), gettext(
                "Sending rests for a moment and is tried again; nothing is lost."
            )


@dataclass(kw_only=True)
class Alerts:
    """Tells `to` of troubles in the log; nothing that goes wrong here goes further."""

    store: Store
    clock: Clock
    letter: Letter
    addressing: Addressing
    make_transport: Callable[[], Transport]
    to: str
    alarm: Alarm = field(default_factory=Alarm)

    def watch(self) -> None:
        """Listen to the log from now on."""
        logging.getLogger("publisher").addHandler(self.alarm)

    def close(self) -> None:
        """Listen no longer."""
        logging.getLogger("publisher").removeHandler(self.alarm)

    async def send(self) -> int:
        """Tell of what waits, unless it was told within the hour; return how many."""
        count = 0
        while (trouble := self.alarm.take()) is not None:
            now = self.clock.now()
            if await self.store.run(
                self.store.transact, may_tell, trouble.subject, now, REST
            ):
                count += await self._tell(trouble, now)
        return count

    async def _tell(self, trouble: Trouble, now: datetime) -> bool:
        try:
            envelope = self._envelope(trouble, now)
            transport = self.make_transport()
            try:
                outcome = await transport.send(envelope, _begin)
            finally:
                await transport.close()
        except (PublisherError, OSError) as error:
            _log.error("alert.not_sent subject=%s reason=%s", trouble.subject, error)
            return False
        if outcome.kind is not Kind.SENT:
            _log.error(
                "alert.not_sent subject=%s reason=%s", trouble.subject, outcome.text
            )
            return False
        _log.info("alert.sent subject=%s", trouble.subject)
        return True

    def _envelope(self, trouble: Trouble, now: datetime) -> Envelope:
        addressing, language = self.addressing, self.letter.language
        message = self.letter.rendered(trouble)
        composition = Composition(
            language=language,
            dated_at=now.replace(microsecond=0),
            sender=Mailbox(
                addressing.sender_names.get(language, ""), addressing.sender
            ),
            reply_to=None,
            message_id_domain=addressing.domain,
            message_id_secret=addressing.tokens.secret,
            subject=message.subject,
            text=message.text,
            html=message.html,
        )
        named = hashlib.sha256(f"{trouble.subject} {now.isoformat()}".encode())
        key = f"alert-{named.hexdigest()[:16]}"
        raw = compile_message(composition, addressing.signer).for_reader(
            Personal(key=key, address=self.to)
        )
        return Envelope(
            sender=addressing.sender,
            recipient=self.to,
            message=raw,
            key=key,
            is_canonical=raw.isascii(),
        )


async def _begin() -> bool:
    """Nothing is recorded of an alert: one that is lost comes again in an hour."""
    return True
