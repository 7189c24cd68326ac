"""Ask every rule of a finished message."""

from publisher.mail.linting.header_rules import HEADER_RULES
from publisher.mail.linting.html_rules import HTML_RULES
from publisher.mail.linting.letter_rules import LETTER_RULES
from publisher.mail.linting.list_rules import LIST_RULES
from publisher.mail.linting.part_rules import PART_RULES
from publisher.mail.linting.rule import Finding
from publisher.mail.linting.signature_rules import SIGNATURE_RULES
from publisher.mail.linting.specimen import take_apart

__all__ = ["RULES", "lint_message"]

RULES = (
    *HEADER_RULES,
    *LIST_RULES,
    *LETTER_RULES,
    *PART_RULES,
    *HTML_RULES,
    *SIGNATURE_RULES,
)


def lint_message(raw: bytes, *, is_for_a_list: bool | None = None) -> list[Finding]:
    """Return every breach in a message once, in the order of the rules.

    `is_for_a_list` says whether what is asked of mail to subscribers is asked too;
    None takes the message's own word for it (List-Id, List-Unsubscribe, Precedence,
    Feedback-ID, or a kind of message that begins with digest).
    """
    specimen = take_apart(raw)
    asks_all = specimen.is_for_a_list if is_for_a_list is None else is_for_a_list
    return [
        Finding(rule, reason)
        for rule in RULES
        if asks_all or not rule.is_for_lists
        for reason in dict.fromkeys(rule.check(specimen))
    ]
