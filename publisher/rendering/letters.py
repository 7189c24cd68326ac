"""Letters as messages: the facts of one made harmless, and put into its templates."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from publisher.errors import TemplateError
from publisher.rendering.letterhead import Look, Site, harmless
from publisher.rendering.templates import RenderedMessage, Renderer

__all__ = ["LetterDraft", "render_letter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterDraft:
    """What a letter says, and to whom; `links` are by their names in the template."""

    kind: str
    language: str
    facts: Mapping[str, Any]
    links: Mapping[str, str]
    address: str


def render_letter(
    renderer: Renderer, draft: LetterDraft, *, site: Site, look: Look
) -> RenderedMessage:
    """Render `templates/email/<kind>` in its language; raises TemplateError.

    The same arguments always give the same message. Templates see every fact under its
    own name; a fact whose name ends in `_on` is a date. The logo is left out: filters
    take a picture with little text for an advertisement, and a letter must arrive.
    """
    values = {
        **_dated(harmless(dict(draft.facts)), draft.kind),
        **draft.links,
        "address": harmless({"address": draft.address})["address"],
        "site": harmless(site),
        "look": harmless(replace(look, logo_url="")),
    }
    return renderer.message(draft.kind, draft.language, **values)


def _dated(facts: Any, kind: str) -> Any:  # noqa: ANN401 (any JSON value)
    """Return facts with their dates read; raises TemplateError for what is no date."""
    if isinstance(facts, list | tuple):
        return [_dated(one, kind) for one in facts]
    if not isinstance(facts, dict):
        return facts
    return {
        name: _date(value, name, kind) if name.endswith("_on") else _dated(value, kind)
        for name, value in facts.items()
    }


def _date(value: object, name: str, kind: str) -> date | None:
    if not value:
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        msg = f'letter "{kind}": {name} is no date like 2026-12-03: {value!r}'
        raise TemplateError(msg) from None
