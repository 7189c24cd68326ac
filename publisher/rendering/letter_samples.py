"""Made-up facts for every letter, for templates to be tried on and looked at."""

from collections.abc import Mapping
from typing import Any

from publisher.rendering.samples import ENGLISH, TEXTS

__all__ = ["SAMPLE_ADDRESS", "sample_facts"]

SAMPLE_ADDRESS = "anna@pochta.example"
RHYTHMS = {
    "ru": ("Каждый день в 7:00", "По пятницам в 17:00"),
    "kk": ("Күн сайын сағат 7:00-де", "Жұма сайын сағат 17:00-де"),
    "en": ("Every day at 7:00", "On Fridays at 17:00"),
}
WEEKLY = {"ru": "Главное за неделю", "kk": "Аптаның бастысы", "en": "The week"}


def sample_facts(language: str) -> Mapping[str, Mapping[str, Any]]:
    """Return facts by kind of letter; English ones where we have none in a language."""
    code = language.partition("-")[0]
    texts = TEXTS.get(code, ENGLISH)
    often, weekly = RHYTHMS.get(code, RHYTHMS["en"])
    titles = (texts.digest, WEEKLY.get(code, WEEKLY["en"]))
    return {
        "confirm": {
            "joining": 1,
            "digests": [
                {"title": titles[0], "rubrics": list(texts.rubrics), "rhythm": often},
                {"title": titles[1], "rubrics": [], "rhythm": weekly},
            ],
            "expires_on": "2025-05-05",
        },
        "welcome": {
            "subscriber": 1,
            "digests": [
                {"title": titles[0], "rhythm": often, "first_on": "2025-04-29"},
                {"title": titles[1], "rhythm": weekly, "first_on": None},
            ],
        },
        "preferences": {"subscriber": 1},
        "goodbye": {"title": titles[0], "subscription": 1},
        "export": {"export": 1, "expires_on": "2025-05-05"},
        "address": {
            "change": 1,
            "old": "a…@y…",
            "new": SAMPLE_ADDRESS,
        },
    }
