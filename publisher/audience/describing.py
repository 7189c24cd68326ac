"""What somebody chose, in their own language: for letters and pages."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from publisher.model.digest import DigestRule
from publisher.model.rubric import RubricTree
from publisher.rendering.language import Language
from publisher.rendering.rhythm import rhythm_text
from publisher.store.readers import Choice

__all__ = ["ChosenDigest", "describe"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenDigest:
    """A digest as it was chosen; `first_on` is None where it follows the articles."""

    key: str
    title: str
    rubrics: tuple[str, ...]
    rhythm: str
    first_on: date | None

    def facts(self, *names: str) -> dict[str, Any]:
        """Return some of it as plain JSON values."""
        first_on = self.first_on and self.first_on.isoformat()
        known = {**asdict(self), "rubrics": list(self.rubrics), "first_on": first_on}
        return {name: known[name] for name in names}


def describe(
    rule: DigestRule,
    choice: Choice,
    tree: RubricTree,
    language: Language,
    now: datetime,
) -> ChosenDigest:
    """Return what a choice means from now on."""
    timetable = choice.timetable
    first_on = None
    if not timetable.is_instant:
        slot = timetable.next_slot(now)
        first_on = slot.due_at.astimezone(ZoneInfo(timetable.zone)).date()
    return ChosenDigest(
        key=rule.key,
        title=rule.title(language.code),
        rubrics=_rubrics(choice, tree, language),
        rhythm=rhythm_text(language, timetable),
        first_on=first_on,
    )


def _rubrics(choice: Choice, tree: RubricTree, language: Language) -> tuple[str, ...]:
    """Return the names of what is chosen, and of what is left out of it."""
    chosen = [k for k in choice.selection.chosen if k in tree]
    names = [tree.get(key).name(language.code) for key in chosen]
    if not choice.selection.chosen:
        names = [language.gettext("All rubrics")]
    without = language.gettext("without “%(name)s”")
    left_out = [k for k in choice.selection.excluded if k in tree]
    names += [without % {"name": tree.get(k).name(language.code)} for k in left_out]
    return tuple(names)
