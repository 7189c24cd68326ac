"""Send letters: lease, compose once, wait in line, begin, hand over, settle."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from publisher.clock import Clock
from publisher.digests.installation import Installation
from publisher.digests.letter_verdicts import LetterVerdicts
from publisher.digests.letters import LetterPress
from publisher.digests.letters_first import LettersFirst
from publisher.digests.pacing import Grant, Wait
from publisher.digests.unrecorded import Unrecorded
from publisher.digests.verdicts import next_state, outcome_of_error, reason_of
from publisher.errors import HeaderError, SubscriberError, TemplateError
from publisher.mail.address import parse_address
from publisher.mail.transport import Transport
from publisher.model.delivery import DeliveryState
from publisher.model.reply import Outcome
from publisher.store import Store, Transaction, letter_queue, letters
from publisher.store.letter_queue import Leased, LeasedLetter, LetterVerdict
from publisher.store.pace import known_by_all

__all__ = ["LetterSender"]

LEASE = timedelta(minutes=2)
"""How long a process may take until a letter is begun, before another takes it over."""

LEASE_OF_BEGUN = timedelta(minutes=15)
"""How long the reply may take: longer than the transport waits for it."""

PATIENCE = timedelta(seconds=20)
"""How long a letter waits in line here; then others have a chance to be looked at."""

AT_ONCE = 50
"""Letters in line or under way in one process."""

LOOK = 1.0
"""In seconds: how often new letters are looked for while others are under way."""

KEPT = timedelta(days=30)
"""How long letters are kept that are settled: they hold addresses."""

_log = logging.getLogger("publisher.digests")


@dataclass(kw_only=True)
class LetterSender:
    """Sends letters, each at the earliest moment it may go.

    Shares transport and pace with whoever sends digests, and closes neither. What is
    `unrecorded` yet of letters is for that one to wait for, as letters wait for what is
    of `digests`.
    """

    store: Store
    clock: Clock
    press: LetterPress
    transport: Transport
    pace: LettersFirst
    installation: Installation | None = None
    unrecorded: Unrecorded = field(default_factory=Unrecorded)
    digests: Unrecorded = field(default_factory=Unrecorded)
    is_stopping: bool = False
    verdicts: LetterVerdicts = field(init=False)
    _under_way: set["asyncio.Task[bool]"] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Have no verdict to record yet."""
        self.verdicts = LetterVerdicts(self.store, self.clock, self.unrecorded)

    async def send_ready(self) -> int:
        """Send until nothing is ready; return how many letters were tried."""
        tried = 0
        try:
            while True:
                if not self.is_stopping:
                    await self._take_what_is_there()
                if not self._under_way:
                    return tried
                done, _ = await asyncio.wait(
                    self._under_way, timeout=LOOK, return_when=asyncio.FIRST_COMPLETED
                )
                self._under_way -= done
                tried += sum(task.result() for task in done)
        finally:
            await self._break_off()

    def stop(self) -> None:
        """Take no new letter; what is under way is finished by send_ready."""
        self.is_stopping = True

    async def clear(self) -> int:
        """Forget letters that were settled long ago; return how many."""
        before = self.clock.now() - KEPT
        return await self.store.run(self.store.transact, letters.clear_settled, before)

    async def _take_what_is_there(self) -> None:
        """Take new letters; a store that fails now breaks off none under way."""
        try:
            await self._take_some()
        except Exception:
            if not self._under_way:
                raise
            _log.exception("letter.not_leased")

    async def _break_off(self) -> None:
        """End what is still under way, which is nothing unless we are cancelled."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        self._under_way.clear()

    async def _take_some(self) -> None:
        """Lease letters and start them, as many as there is room for."""
        room = AT_ONCE - len(self._under_way)
        leased = await self.store.run(self._lease, room) if room > 0 else Leased(())
        for number in leased.held:
            _log.warning("letter.taken_over letter=%d", number)
        for number in leased.expired:
            _log.warning("letter.too_late letter=%d", number)
        await self.pace.learn({letter.email for letter in leased.letters})
        for letter in leased.letters:
            self._under_way.add(asyncio.create_task(self._send(letter)))

    def _lease(self, room: int) -> Leased:
        now = self.clock.now()
        if not self.store.query(letter_queue.is_any_ready, now):
            return Leased(())
        if self.installation is not None and not self.installation.may_send():
            return Leased(())
        leased = self.store.transact(letter_queue.lease_letters, now, now + LEASE, room)
        if leased.letters and self.installation is not None:
            self.installation.advance()
        return leased

    async def _send(self, letter: LeasedLetter) -> bool:
        """Send one letter; whatever happens to it, the others go on (law 19).

        Return whether it was tried.
        """
        try:
            return await LetterRun(sender=self, letter=letter).send()
        except Exception:  # noqa: BLE001 (the store is the trouble, not the letter)
            _log.exception("letter.broken_off letter=%d", letter.id)
            return False


@dataclass(kw_only=True)
class LetterRun:
    """One attempt to send a leased letter; `answer` is that to the request to begin."""

    sender: LetterSender
    letter: LeasedLetter
    has_asked: bool = False
    is_late: bool = False
    answer: bool | None = None
    _address_key: str = ""

    async def send(self) -> bool:
        """Compose, wait in line, hand over; return whether it was tried."""
        message = await self._message()
        if message is None:
            return False
        sender = self.sender
        provider = sender.pace.provider_of(self.letter.email)
        answer = await sender.pace.grant_letter(
            provider, PATIENCE, lambda: sender.is_stopping
        )
        if isinstance(answer, Wait):
            await self._give_back(answer)
            return False
        outcome = await self._hand_over(message, answer)
        if self.is_late:
            soon = sender.clock.now()
            await self._give_back(Wait(soon, "its slot passed before it could begin"))
            return False
        if not self.has_asked or self.answer:
            await self._conclude(outcome)
        return True

    async def _message(self) -> bytes | None:
        """Return the letter's bytes, the same at every attempt (law 11)."""
        store, letter = self.sender.store, self.letter
        try:
            self._address_key = parse_address(letter.email).key
            if await store.run(store.transact, self._is_suppressed):
                _log.warning("letter.suppressed letter=%d", letter.id)
                return None
            if letter.message is not None:
                return letter.message
            now = self.sender.clock.now()
            made = await asyncio.to_thread(self.sender.press.compose, letter, now)
        except (TemplateError, HeaderError, SubscriberError) as error:
            _log.error("letter.not_composed kind=%s letter=%d", letter.kind, letter.id)
            reason = f"could not be composed: {error}"
            await self._settle(DeliveryState.FAILED, reason)
            return None
        is_kept = await store.run(store.transact, letter_queue.freeze, letter, made)
        return made if is_kept else None

    def _is_suppressed(self, tx: Transaction) -> bool:
        now = self.sender.clock.now()
        return letter_queue.fail_if_unwanted(tx, self.letter, self._address_key, now)

    async def _give_back(self, wait: Wait) -> None:
        store = self.sender.store
        _log.info(
            "letter.waits letter=%d until=%s reason=%s",
            self.letter.id,
            wait.until.isoformat(timespec="seconds"),
            wait.reason,
        )
        await store.run(store.transact, self._put_off, wait.until)

    def _put_off(self, tx: Transaction, until: datetime) -> None:
        until = known_by_all(tx, until, self.sender.clock.now())
        letter_queue.give_back(tx, [self.letter], until)

    async def _hand_over(self, message: bytes, grant: Grant) -> Outcome:
        sender = self.sender
        outcome: Outcome | None = None
        try:
            envelope = sender.press.envelope(self.letter, message, grant.relay)
            outcome = await sender.transport.send(envelope, partial(self._begin, grant))
        except Exception as error:
            if self.has_asked and self.answer is None and not self.is_late:
                raise  # The record could not be written; the letter was not sent.
            _log.exception("letter.broken letter=%d", self.letter.id)
            outcome = outcome_of_error(error, has_begun=bool(self.answer))
        finally:
            sender.pace.report(grant, outcome)
        return outcome

    async def _begin(self, grant: Grant) -> bool:
        """Record the letter as begun, durably; return whether it may go on."""
        self.has_asked = True
        sender = self.sender
        await sender.unrecorded.recorded(sender.digests)
        may_go, now = await sender.pace.begin(grant), sender.clock.now()
        if not may_go or now >= self.letter.expires_at:
            self.is_late = True
            return False
        self.answer = await sender.store.run(
            sender.store.transact,
            letter_queue.begin,
            self.letter,
            self._address_key,
            now + LEASE_OF_BEGUN,
            now,
        )
        return self.answer and await sender.pace.let_pass(grant)

    async def _conclude(self, outcome: Outcome) -> None:
        letter, now = self.letter, self.sender.clock.now()
        state, again_at = next_state(letter, outcome, now, letter.expires_at)
        reason = "" if state is DeliveryState.SENT else reason_of(outcome)
        await self._settle(state, reason, again_at)
        level = logging.INFO if state is DeliveryState.SENT else logging.WARNING
        _log.log(
            level,
            "letter.%s letter=%d attempt=%d phase=%s code=%d status=%s",
            state.value,
            letter.id,
            letter.attempts + 1,
            outcome.phase.value,
            outcome.code,
            outcome.status,
        )

    async def _settle(
        self, state: DeliveryState, reason: str, again_at: datetime | None = None
    ) -> None:
        """Record what became of the attempt."""
        verdict = LetterVerdict(
            number=self.letter.attempts + 1,
            state=state,
            reason=reason,
            retry_at=again_at,
            has_begun=bool(self.answer),
        )
        await self.sender.verdicts.record(self.letter, verdict)
