"""A letter as bytes in an envelope: rendered, addressed and signed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from publisher.digests.addressing import Addressing
from publisher.errors import HeaderError, TemplateError
from publisher.mail.address import for_people
from publisher.mail.headers import Mailbox
from publisher.mail.message import Composition, Personal, compile_message
from publisher.mail.message_id import find_key
from publisher.mail.message_name import LetterName, name_in_key
from publisher.mail.return_path import make_return_path
from publisher.mail.transport import Envelope
from publisher.model.letter import links_of
from publisher.rendering.letterhead import Look, Site
from publisher.rendering.letters import LetterDraft, render_letter
from publisher.rendering.templates import Renderer
from publisher.store.letter_queue import LeasedLetter

__all__ = ["LetterPress", "find_name"]


@dataclass(frozen=True, kw_only=True)
class LetterPress:
    """Makes letters; `sites` says by language who publishes."""

    renderer: Renderer
    sites: Mapping[str, Site]
    look: Look
    addressing: Addressing

    def compose(self, letter: LeasedLetter, dated_at: datetime) -> bytes:
        """Return a letter's message, to be kept for every further try (law 11).

        With it its name is frozen, which has the generation the store is in by now.
        Raises TemplateError when it cannot be rendered, HeaderError when a value may
        not stand in a header.
        """
        addressing, language = self.addressing, letter.language
        site = self.sites.get(language)
        if site is None:
            msg = f'letter {letter.id}: the site has no language "{language}"'
            raise TemplateError(msg)
        draft = LetterDraft(
            kind=letter.kind,
            language=language,
            facts=_for_people(letter.facts),
            links=links_of(
                letter.kind, letter.facts, addressing.tokens, addressing.base_url
            ),
            address=for_people(letter.email),
        )
        rendered = render_letter(self.renderer, draft, site=site, look=self.look)
        reply_to = addressing.reply_to
        composition = Composition(
            language=language,
            dated_at=dated_at.replace(microsecond=0),
            sender=Mailbox(
                addressing.sender_names.get(language, ""), addressing.sender
            ),
            reply_to=Mailbox("", reply_to) if reply_to else None,
            message_id_domain=addressing.domain,
            message_id_secret=addressing.tokens.secret,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            kind=f"letter{letter.kind}",
        )
        compiled = compile_message(composition, addressing.signer)
        return compiled.for_reader(
            Personal(
                key=str(LetterName(letter.id, letter.generation)), address=letter.email
            )
        )

    def envelope(self, letter: LeasedLetter, message: bytes, relay: str) -> Envelope:
        """Return a message in its envelope, the same at every try under one key.

        Raises HeaderError when the sender of the envelope would be too long, or the
        message has no name.
        """
        addressing, name = self.addressing, find_name(message)
        if name is None:
            msg = f"letter {letter.id}: its bytes have no Message-ID of a letter"
            raise HeaderError(msg)
        return Envelope(
            sender=make_return_path(
                addressing.return_address, name, addressing.tokens.secret
            ),
            recipient=letter.email,
            message=message,
            key=str(name),
            relay=relay,
            envelope_id=str(name),
            notify=addressing.notify,
            is_canonical=message.isascii(),
        )


def _for_people(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return facts as they are shown; kept is an address as it is compared."""
    return {**facts, "new": for_people(facts["new"])} if "new" in facts else facts


def find_name(message: bytes) -> LetterName | None:
    """Return what a letter is called outside, as frozen with its bytes; or None.

    Only there it stands, so envelope and message never disagree.
    """
    name = name_in_key(find_key(message) or "")
    return name if isinstance(name, LetterName) else None
