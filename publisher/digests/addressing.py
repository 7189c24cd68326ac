"""What a digest's message says about itself and its reader beside the content."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from publisher.digests.segment_mail import SegmentMail
from publisher.mail.dkim.signing import Signer
from publisher.mail.headers import Mailbox
from publisher.mail.message import CompiledMessage, Heading, Press, Stream
from publisher.mail.message_name import DeliveryName
from publisher.model.digest import DigestRule
from publisher.model.token import Purpose, TokenKeys
from publisher.store.generations import GENERATION
from publisher.store.segments import SegmentText

__all__ = ["Addressing", "name_of"]


def name_of(delivery_id: int, frame: Mapping[str, str]) -> DeliveryName:
    """Return what a delivery is called outside, as frozen with its segment (law 11)."""
    return DeliveryName(delivery_id, _generation(frame))


def _generation(frame: Mapping[str, str]) -> int:
    return int(frame.get(GENERATION, "0"), 16)


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

    def mail_of(
        self,
        segment_id: int,
        text: SegmentText,
        digest_key: str,
        edition_id: int,
        dated_at: datetime,
    ) -> SegmentMail:
        """Return what finishes the messages of a segment; raises as `compile` does."""
        frame, keys = text.frame, self._keys(text)
        base_url = frame["base_url"]
        return SegmentMail(
            compiled=self.compile(text, digest_key, edition_id, dated_at),
            segment_id=segment_id,
            keys=keys,
            generation=_generation(frame),
            base_url=base_url,
            edition_url=f"{base_url}/e/{keys.sign(Purpose.EDITION, segment_id)}",
            leave_address=frame.get("leave_address", ""),
            return_address=self.return_address,
            secret=self.tokens.secret,
            notify=self.notify,
        )

    def _keys(self, text: SegmentText) -> TokenKeys:
        """Return the keys a segment was composed under."""
        return self.tokens.as_of(int(text.frame.get("key", "1")))
