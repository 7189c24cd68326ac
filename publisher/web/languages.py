"""In which language to speak to somebody."""

from collections.abc import Sequence

__all__ = ["preferred_language"]


def preferred_language(accepted: str, languages: Sequence[str]) -> str:
    """Return the language an Accept-Language header likes best, else the first.

    `ru-KZ` is served by `ru`; what cannot be read counts as not said.
    """
    best, best_weight = languages[0], 0.0
    for member in accepted.split(","):
        tag, _, parameter = member.partition(";")
        code = tag.strip().partition("-")[0].lower()
        found = next((known for known in languages if _fits(known, code)), None)
        weight = _weight(parameter)
        if found is not None and weight > best_weight:
            best, best_weight = found, weight
    return best


def _fits(known: str, code: str) -> bool:
    return known.partition("-")[0].lower() == code


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
