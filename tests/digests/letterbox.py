"""A newsroom that sends letters as well."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

from typing_extensions import override

from publisher.digests.installation import Installation
from publisher.digests.letters import LetterPress
from publisher.digests.letters_first import letters_first
from publisher.digests.pacing import FreePace, Pace
from publisher.digests.sending import Sender
from publisher.digests.sending_letters import LetterSender
from publisher.mail.transport import Transport
from publisher.rendering.letter_samples import sample_facts
from publisher.rendering.letterhead import Look, Site
from publisher.rendering.templates import Renderer
from publisher.store import letters
from publisher.store.letters import LetterRow, NewLetter
from tests.digests.desk import Desk

WEEK = timedelta(days=7)

ours = cache(Renderer)


@dataclass(kw_only=True)
class LetterDesk(Desk):
    """A desk whose readers are written letters."""

    pace: Pace = field(default_factory=FreePace)
    press: LetterPress = field(init=False)

    @override
    def __post_init__(self) -> None:
        """Open, with a press for letters."""
        super().__post_init__()
        site = Site(title="Газета", url="https://gazeta.example")
        self.press = LetterPress(
            renderer=ours(),
            sites={"ru": site, "kk": site},
            look=Look(),
            addressing=self.addressing,
        )

    def post(
        self,
        kind: str = "confirm",
        to: str = "a@reader.example",
        expires: timedelta = WEEK,
        **facts: object,
    ) -> bool:
        """Post a letter of a kind with made-up facts."""
        now = self.clock.now()
        new = NewLetter(
            once=f"{kind}-{to}",
            kind=kind,
            email=to,
            language="ru",
            facts={**sample_facts("ru").get(kind, {}), **facts},
            expires_at=now + expires,
        )
        return self.store.transact(letters.post, new, now)

    def letter_sender(
        self,
        transport: Transport | None = None,
        installation: Installation | None = None,
    ) -> LetterSender:
        """Return a sender of letters such as another process would have."""
        return LetterSender(
            store=self.store,
            clock=self.clock,
            press=self.press,
            transport=transport or self.transport,
            pace=letters_first(self.pace, self.clock),
            installation=installation,
        )

    def both(self) -> tuple[Sender, LetterSender]:
        """Return the two senders of one process, which share a pace."""
        digests, of_letters = self.new_sender(), self.letter_sender()
        digests.outlet.pace = of_letters.pace
        digests.outlet.letters = of_letters.unrecorded
        of_letters.digests = digests.outlet.ledger.unrecorded
        return digests, of_letters

    async def send_letters(self, span: timedelta = timedelta(0)) -> int:
        """Move the clock and send what letters are ready."""
        self.clock.move(span)
        return await self.letter_sender().send_ready()

    def letters(self) -> list[LetterRow]:
        """Return all letters, the oldest first."""
        return self.store.query(letters.list_letters, 1000)[::-1]
