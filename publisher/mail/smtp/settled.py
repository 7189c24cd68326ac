"""How a step of a session says that the message's fate is decided."""

from dataclasses import replace

from aiosmtplib import SMTPServerDisconnected

from publisher.model.reply import (
    Outcome,
    Phase,
    is_expected,
    outcome_of,
    outcome_of_loss,
)

__all__ = ["Settled", "too_early", "why_lost"]


_WORDS = {
    "Unexpected EOF received": "connection closed by the relay",
    "Connection lost": "connection lost",
}
"""What aiosmtplib says of a connection's end, and what an operator understands."""


class Settled(Exception):  # noqa: N818 - control flow within this room, not an error
    """Carry the outcome out of the steps of a session."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome)


def too_early(code: int, text: str) -> Outcome:
    """Return what a reply before the dot means; the session is out of step."""
    if is_expected(Phase.DATA, code):
        return outcome_of_loss(Phase.DATA, f"a second {code} {text}")
    return replace(outcome_of(Phase.DATA, code, text), ends_connection=True)


def why_lost(error: Exception) -> str:
    """Say why a connection ended, in words that stand in lists of an operator."""
    first = error.__cause__ if isinstance(error, SMTPServerDisconnected) else error
    if isinstance(first, ConnectionResetError) and first.errno:
        return "connection broken by the relay"
    text = str(error)
    for theirs, ours in _WORDS.items():
        text = text.replace(theirs, ours)
    return text
