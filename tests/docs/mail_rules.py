"""The table of rules for messages, made from the linter."""

from publisher.mail.linting.linter import RULES
from publisher.mail.linting.rule import EVERYONE, Rule
from tests.docs.pages import table


def made_parts() -> dict[str, str]:
    """Return the table of every rule in the order it is asked."""
    columns = ["rule", "says", "asked by", "remedy", "source"]
    return {"rules": table(columns, [_row(rule) for rule in RULES])}


def _row(rule: Rule) -> list[str]:
    asked = "all" if rule.asked_by == EVERYONE else ", ".join(sorted(rule.asked_by))
    return [
        f"`{rule.key}`" + (" (lists)" if rule.is_for_lists else ""),
        rule.severity.value,
        asked,
        rule.remedy.replace("<", "&lt;").replace(">", "&gt;"),
        rule.source,
    ]
