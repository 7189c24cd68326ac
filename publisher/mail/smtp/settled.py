"""An attempt that is decided before its end."""

from publisher.model.reply import Outcome

__all__ = ["Settled"]


class Settled(Exception):  # noqa: N818 - control flow within this room, not an error
    """Carry the outcome out of the steps of a session."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome)
