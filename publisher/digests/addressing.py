"""What a digest's message says about itself and its reader beside the content."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from publisher.mail.headers import Mailbox
from publisher.mail.message import (
    CompiledMessage,
    Composition,
    Personal,
    Stream,
    compile_message,
)
from publisher.model.digest import DigestRule
from publisher.model.token import Purpose, TokenKeys
from publisher.store.leases import DueDelivery, Lease
from publisher.store.segments import SegmentText

__all__ = ["Addressing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressing:
    """Our names and addresses; `sender_names` and `titles` are by language."""

    sender: str
    sender_names: Mapping[str, str]
    reply_to: str
    return_address: str
    domain: str
    feedback_id: str
    base_url: str
    tokens: TokenKeys
    message_id_secret: bytes = field(repr=False)

    def compile(
        self, rule: DigestRule, lease: Lease, text: SegmentText
    ) -> CompiledMessage:
        """Encode once what all readers of a segment get."""
        name = self.sender_names.get(text.language, "")
        return compile_message(
            Composition(
                subject=text.subject,
                text=text.text,
                html=text.html,
                language=text.language,
                dated_at=lease.composed_at,
                sender=Mailbox(name, self.sender),
                reply_to=Mailbox("", self.reply_to) if self.reply_to else None,
                message_id_domain=self.domain,
                message_id_secret=self.message_id_secret,
                stream=Stream(
                    key=rule.key,
                    title=rule.title(text.language),
                    list_id=f"{rule.key}.{self.domain}",
                    edition=str(lease.edition_id),
                    sender_id=self.feedback_id,
                ),
            )
        )

    def personal(self, due: DueDelivery) -> Personal:
        """Return what only this reader gets: address, and links signed for it."""
        leave = self.tokens.sign(Purpose.LEAVE, due.subscription_id)
        preferences = self.tokens.sign(Purpose.PREFERENCES, due.subscriber_id)
        return Personal(
            # Other content means another message: an article was withdrawn meanwhile.
            key=f"{due.id}-{due.segment_id}",
            address=due.email,
            preferences_url=f"{self.base_url}/preferences/{preferences}",
            leave_url=f"{self.base_url}/u/{leave}",
        )
