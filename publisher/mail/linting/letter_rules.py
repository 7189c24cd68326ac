"""What a letter to one person must not say of itself."""

from collections.abc import Iterator

from publisher.mail.linting.rule import Rule, Severity
from publisher.mail.linting.specimen import Specimen

__all__ = ["LETTER_RULES"]

_MARKS = ("List-Id", "List-Unsubscribe", "Precedence", "Feedback-ID")


def _no_mailing(specimen: Specimen) -> Iterator[str]:
    for name in _MARKS if specimen.is_a_letter else ():
        if specimen.all(name):
            yield f"it is a letter to one person and has {name}"


LETTER_RULES = (
    Rule(
        key="letter-unlisted",
        check=_no_mailing,
        remedy="leave the field out: it makes a mailing of what answers one person",
        source="RFC 2919; RFC 2369 section 2; the sender guidelines of Gmail",
        severity=Severity.WARN,
    ),
)
