"""What a digest's message says about itself and its reader beside the content."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from publisher.mail.dkim.signing import Signer
from publisher.mail.headers import Mailbox
from publisher.mail.leave_mail import leave_address
from publisher.mail.message import (
    CompiledMessage,
    Heading,
    Personal,
    Press,
    Stream,
)
from publisher.mail.message_name import DeliveryName
from publisher.mail.return_path import make_return_path
from publisher.mail.transport import Envelope
from publisher.model.digest import DigestRule
from publisher.model.token import Purpose, TokenKeys
from publisher.store.due import DueDelivery
from publisher.store.generations import GENERATION
from publisher.store.segments import SegmentText

__all__ = ["Addressing", "name_of"]


def name_of(delivery_id: int, frame: Mapping[str, str]) -> DeliveryName:
    """Return what a delivery is called outside, as frozen with its segment (law 11)."""
    return DeliveryName(delivery_id, int(frame.get(GENERATION, "0"), 16))


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressing:
    """Our names and addresses; `sender_names` is by language, `signer` signs.

    `notify` lists the cases in which a relay is asked to report (RFC 3461). Where there
    is a `leave_address`, `u+@…`, any mail to it with a reader's token unsubscribes.

    What of it stands in a message is frozen with the segment when it is composed, so
    that a retry is byte-identical whatever the configuration says by then (law 11).
    """

    sender: str
    sender_names: Mapping[str, str]
    reply_to: str
    return_address: str
    domain: str
    feedback_id: str
    base_url: str
    tokens: TokenKeys
    leave_address: str = ""
    signer: Signer | None = None
    notify: str = "FAILURE,DELAY"
    press: Press = field(default_factory=Press, repr=False, compare=False)

    def frame(self, rule: DigestRule, language: str) -> dict[str, str]:
        """Return what is frozen with a segment of a digest in a language."""
        frame = {
            "sender": self.sender,
            "sender_name": self.sender_names.get(language, ""),
            "reply_to": self.reply_to,
            "domain": self.domain,
            "feedback_id": self.feedback_id,
            "base_url": self.base_url,
            "help_url": f"{self.base_url}/{language}/",
            "subscribe_url": f"{self.base_url}/subscribe",
            "owner": self.reply_to or self.sender,
            "title": rule.title(language),
            "key": str(self.tokens.current),
        }
        if self.leave_address:
            frame["leave_address"] = self.leave_address
        return frame

    def compile(
        self, text: SegmentText, digest_key: str, edition_id: int, dated_at: datetime
    ) -> CompiledMessage:
        """Join what all readers of a segment get.

        Raises TemplateError where it lacks the link to leave, HeaderError where a
        header cannot be written.
        """
        frame = text.frame
        reply_to = frame["reply_to"]
        return self.press.join(
            Heading(
                language=text.language,
                dated_at=dated_at,
                sender=Mailbox(frame["sender_name"], frame["sender"]),
                reply_to=Mailbox("", reply_to) if reply_to else None,
                message_id_domain=frame["domain"],
                message_id_secret=self._keys(text).secret,
                stream=Stream(
                    key=digest_key,
                    title=frame["title"],
                    list_id=f"{digest_key}.{frame['domain']}",
                    edition=str(edition_id),
                    sender_id=frame["feedback_id"],
                    # What was frozen before these were written stays as it was.
                    help_url=frame.get("help_url", ""),
                    subscribe_url=frame.get("subscribe_url", ""),
                    owner=frame.get("owner", ""),
                ),
            ),
            text.subject,
            text.pieces,
            key=text.content_key,
            values={"preheader": frame.get("preheader", "")},
            signer=self.signer,
        )

    def envelope(
        self, due: DueDelivery, text: SegmentText, message: bytes, relay: str = ""
    ) -> Envelope:
        """Return a message in its envelope, the same at every attempt under one key.

        Its sender names the delivery where there is room for it (VERP), and so does
        its id. Raises HeaderError when the sender would be too long.
        """
        name = name_of(due.id, text.frame)
        return Envelope(
            sender=make_return_path(self.return_address, name, self.tokens.secret),
            recipient=due.email,
            message=message,
            key=str(name),
            relay=relay,
            envelope_id=str(name),
            notify=self.notify,
            # Only an address beyond ASCII (RFC 6532) makes our own bytes another kind.
            is_canonical=message.isascii(),
        )

    def personal(self, due: DueDelivery, text: SegmentText) -> Personal:
        """Return what only this reader gets: address, and links signed for it."""
        base_url, keys = text.frame["base_url"], self._keys(text)
        leave = keys.sign(Purpose.LEAVE, due.subscription_id)
        preferences = keys.sign(Purpose.PREFERENCES, due.subscriber_id)
        address, mailto = text.frame.get("leave_address", ""), ""
        if address:
            mailto = leave_address(address, due.subscription_id, keys.secret)
        return Personal(
            # Other content means another message: an article was withdrawn meanwhile.
            key=name_of(due.id, text.frame).key(due.segment_id),
            address=due.email,
            edition_url=f"{base_url}/e/{keys.sign(Purpose.EDITION, due.segment_id)}",
            preferences_url=f"{base_url}/preferences/{preferences}",
            leave_url=f"{base_url}/u/{leave}",
            leave_mailto=mailto,
        )

    def _keys(self, text: SegmentText) -> TokenKeys:
        """Return the keys a segment was composed under."""
        return self.tokens.as_of(int(text.frame.get("key", "1")))
