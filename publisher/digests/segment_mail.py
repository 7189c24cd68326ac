"""The messages of a segment: the same for all its readers but for a few links."""

from dataclasses import dataclass, field

from publisher.mail.draft import Draft
from publisher.mail.leave_mail import leave_address
from publisher.mail.message import CompiledMessage, Personal
from publisher.mail.message_name import DeliveryName
from publisher.mail.return_path import make_return_path
from publisher.mail.transport import Envelope
from publisher.model.token import Purpose, TokenKeys
from publisher.store.due import DueDelivery

__all__ = ["SegmentMail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentMail:
    """Finishes what is compiled for a segment, reader by reader.

    Links and names are as they were when the segment was composed, under the `keys` and
    the `generation` of the store of that time, so that a retry is byte-identical (law
    11). `return_address` and `secret` are those of today.
    """

    compiled: CompiledMessage
    segment_id: int
    keys: TokenKeys
    generation: int
    base_url: str
    edition_url: str
    leave_address: str
    return_address: str
    secret: bytes = field(repr=False)
    notify: str

    def draft(self, due: DueDelivery) -> Draft:
        """Return a reader's message but for the signatures; raises HeaderError."""
        keys, reader = self.keys, due.subscription_id
        leave = keys.sign(Purpose.LEAVE, reader)
        preferences = keys.sign(Purpose.PREFERENCES, due.subscriber_id)
        mailto = ""
        if self.leave_address:
            mailto = leave_address(self.leave_address, reader, keys.secret)
        return self.compiled.draft(
            Personal(
                # Other content means another message: an article was withdrawn since.
                key=self._name(due).key(self.segment_id),
                address=due.email,
                edition_url=self.edition_url,
                preferences_url=f"{self.base_url}/preferences/{preferences}",
                leave_url=f"{self.base_url}/u/{leave}",
                leave_mailto=mailto,
            )
        )

    def envelope(self, due: DueDelivery, message: bytes, relay: str = "") -> Envelope:
        """Return a message in its envelope, the same at every attempt under one key.

        Its sender names the delivery where there is room for it (VERP), and so does
        its id. Raises HeaderError when the sender would be too long.
        """
        name = self._name(due)
        named = str(name)
        return Envelope(
            sender=make_return_path(self.return_address, name, self.secret),
            recipient=due.email,
            message=message,
            key=named,
            relay=relay,
            envelope_id=named,
            notify=self.notify,
            # Only an address beyond ASCII (RFC 6532) makes our own bytes another kind.
            is_canonical=message.isascii(),
        )

    def _name(self, due: DueDelivery) -> DeliveryName:
        return DeliveryName(due.id, self.generation)
