"""What a finding is, and the nearest known name for a wrong one."""

from difflib import get_close_matches

from publisher.config.lines import Path

__all__ = ["Finding", "hint"]

Finding = tuple[Path, str]
"""Where a mistake stands, and what is wrong and what to do."""


def hint(name: str, known: object) -> str:
    near = get_close_matches(name, list(known), n=1)  # type: ignore[call-overload]
    return f' (did you mean "{near[0]}"?)' if near else ""
