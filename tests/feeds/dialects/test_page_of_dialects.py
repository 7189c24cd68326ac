"""The reference of dialects says what the code says, rule for rule."""

from pathlib import Path

import pytest

from publisher.feeds.dialects.dialect import Dialect, Rule
from publisher.feeds.dialects.plain.rules import RULES, PlainRule
from publisher.feeds.dialects.registry import DIALECTS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "dialects.md"


def rule_row(rule: Rule) -> str:
    """Return the row of a rule in the table of its dialect."""
    says = rule.severity.value
    return f"| `{rule.id}` | {says} | {rule.where} | {rule.demands} | {rule.remedy} |"


def plain_row(rule: PlainRule) -> str:
    """Return the row of a plain rule."""
    return f"| `{rule.id}` | {rule.severity.value} | {rule.remedy} |"


def limits_row(dialect: Dialect) -> str:
    """Return the row of a dialect in the table of all."""
    limits = dialect.limits
    days = str(dialect.days or "any")
    size = f"{limits.size:,}" if limits.size else "any"
    prefixes = ", ".join(f"`{prefix}`" for prefix in dialect.namespaces)
    one = "yes" if dialect.has_one_language else "no"
    cells = (dialect.name, f"`{dialect.key}`", str(limits.items), days, size)
    return "| " + " | ".join([*cells, prefixes, one]) + " |"


def lines_of(title: str) -> list[str]:
    """Return the lines below a heading, up to the next one."""
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(f"\n{title}\n")
    lines = rest.splitlines()
    ends = [number for number, line in enumerate(lines) if line.startswith("#")]
    return lines[: ends[0]] if ends else lines


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.key)
def test_every_rule_of_a_dialect_stands_on_the_page_and_no_other(
    dialect: Dialect,
) -> None:
    rows = [line for line in lines_of(f"### {dialect.name}") if line.startswith("| `")]

    assert rows == [rule_row(rule) for rule in dialect.rules]


def test_every_plain_rule_stands_on_the_page_and_no_other() -> None:
    rows = [line for line in lines_of("## Plain rules") if line.startswith("| `")]

    assert rows == [plain_row(rule) for rule in RULES.values()]


def test_the_limits_of_every_dialect_stand_on_the_page() -> None:
    lines = lines_of("## What each of them gets")

    assert [line for line in lines if line.startswith("| ")][1:] == [
        limits_row(dialect) for dialect in DIALECTS
    ]
