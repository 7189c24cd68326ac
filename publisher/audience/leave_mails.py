"""Let readers leave by mail: read the mailbox of the leave address, a mail once."""

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from publisher.audience.leaving import Leaving
from publisher.errors import PublisherError
from publisher.mail.leave_mail import Ask, read_ask
from publisher.mail.maildir_reader import MaildirReader
from publisher.store import Transaction, leave_mails

__all__ = ["LeaveMails"]

ORIGIN = "mail"
AT_ONCE = 1000
"""Mails handled in one look; the rest is handled in the next."""

_log = logging.getLogger("publisher.audience")


@dataclass(kw_only=True)
class LeaveMails:
    """A Maildir; nothing in it is moved or removed, so no mail is ever lost.

    What was handled is recorded with what it did, in one transaction: a mail counts
    once, whatever is restarted and however many processes look. `secrets` are all keys
    that addresses still in readers' mailboxes may have been made with.
    """

    leaving: Leaving
    folder: Path
    secrets: tuple[bytes, ...] = field(repr=False)
    _seen: set[str] = field(default_factory=set, repr=False)

    def examine(self) -> None:
        """Raise PublisherError where there is no such Maildir."""
        if not (self.folder / "new").is_dir():
            msg = (
                f"{self.folder} is no Maildir that can be read; correct"
                " mail.leave_maildir, or make it (maildirmake)"
            )
            raise PublisherError(msg)

    def look(self) -> Counter[str]:
        """Handle what has arrived; return how many mails had which outcome. Blocks."""
        self.examine()
        tally: Counter[str] = Counter()
        for name, written_at, raw in MaildirReader(self.folder).arrivals(self._seen):
            outcome = self._handle(name, written_at, raw)
            self._seen.add(name)
            if outcome:
                tally[outcome] += 1
            if tally.total() >= AT_ONCE:
                break
        if tally:
            _log.info(
                "leaving.read left=%d gone=%d outdated=%d passed=%d",
                tally["left"],
                tally["gone"],
                tally["outdated"],
                tally["passed"],
            )
        return tally

    def _handle(self, name: str, written_at: datetime, raw: bytes) -> str:
        """Do what a mail asks for; return the outcome, nothing for one handled before.

        What is not understood stays where it is and is told of once (law 19).
        """
        ask = read_ask(raw, self.secrets)
        key = sha256(raw).hexdigest()
        store = self.leaving.membership.store
        outcome = store.transact(self._act, key, ask, written_at)
        if outcome == "passed" and ask.is_automatic:
            _log.info("leaving.automatic name=%s reason=%s", name, ask.reason)
        elif outcome == "passed":
            _log.warning("leaving.not_understood name=%s reason=%s", name, ask.reason)
        return outcome

    def _act(self, tx: Transaction, key: str, ask: Ask, written_at: datetime) -> str:
        now = self.leaving.membership.clock.now()
        if not leave_mails.claim(tx, key, now):
            return ""
        number = ask.subscription_id
        if number is None:
            outcome = "passed"
        elif leave_mails.consented_since(tx, number, written_at):
            # An old mailbox was brought here: who came back since wants to stay.
            outcome = "outdated"
        else:
            has_left = self.leaving.leave_in(tx, number, ORIGIN)
            outcome = "left" if has_left else "gone"
        leave_mails.conclude(
            tx, key, outcome, ask.reason, is_automatic=ask.is_automatic
        )
        return outcome
