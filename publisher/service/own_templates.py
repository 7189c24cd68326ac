"""A newsroom's own templates: tried before use, and exchanged while we run."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from publisher.config import Config
from publisher.desk.alarm import ALARMING, Trouble
from publisher.model.content import Piece
from publisher.model.token import TokenKeys
from publisher.rendering.digest import render_digest
from publisher.rendering.freezing import FrozenTemplates
from publisher.rendering.letter_samples import SAMPLE_ADDRESS, sample_facts
from publisher.rendering.samples import sample_digest
from publisher.rendering.templates import Renderer
from publisher.service import settings
from publisher.service.alerts import make_letter
from publisher.service.letters import make_letter_press
from publisher.store.letter_queue import LeasedLetter
from publisher.store.segments import SegmentText

__all__ = ["OwnTemplates", "make_renderer", "try_templates"]

SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OwnTemplates:
    """What keeps a renderer in step with the folder that an editor changes."""

    renderer: Renderer
    frozen: FrozenTemplates

    def refresh(self) -> None:
        """Take what has changed and works; blocks."""
        before = self.frozen.current()
        now = self.frozen.refresh()
        if now is not None and now != before:
            self.renderer.switch(now)


def make_renderer(
    config: Config, root: Path, *, settles: bool
) -> tuple[Renderer, OwnTemplates | None]:
    """Return the renderer, and what refreshes it where there are own templates.

    Who does not settle renders from what worked last, and takes nothing new.
    """
    if not config.templates.folder:
        return Renderer(), None
    frozen = FrozenTemplates(
        root / config.templates.folder,
        root / config.templates.kept,
        partial(try_templates, config),
    )
    good = frozen.refresh() if settles else frozen.current()
    renderer = Renderer(*([good] if good is not None else []))
    return renderer, OwnTemplates(renderer, frozen)


def try_templates(config: Config, folder: Path | None) -> None:
    """Make every message in every language of the site; raises TemplateError."""
    renderer = Renderer(*([folder] if folder is not None else []))
    names = settings.addressing(config, TokenKeys({1: b"not a secret"}, 1))
    for code in config.site.languages:
        renderer.try_all(code)
        messages = [
            render_digest(
                renderer,
                replace(sample_digest(code), is_instant=is_instant),
                site=settings.mail_site(config, code),
                zone=ZoneInfo(config.site.zone),
                look=settings.look(config),
            )
            for is_instant in (False, True)
        ]
        for event in sorted(ALARMING):
            trouble = Trouble(event, (("reason", "—"),), SOME_DAY)
            make_letter(config, renderer, code).rendered(trouble)
        press = make_letter_press(config, renderer, names)
        for kind, facts in sample_facts(code).items():
            press.compose(_sample_letter(kind, code, facts), SOME_DAY)
        for digest, message in product(config.digest, messages):
            rule = settings.digest_rule(digest)
            text = SegmentText(
                content_key="",
                language=code,
                is_compact=False,
                selection_id=0,
                subject=message.subject,
                pieces=(Piece(message.text, message.html),),
                frame=names.frame(rule, code),
                article_ids=(),
            )
            names.compile(text, rule.key, 1, SOME_DAY)


def _sample_letter(kind: str, code: str, facts: Mapping[str, Any]) -> LeasedLetter:
    return LeasedLetter(
        id=1,
        fence=1,
        kind=kind,
        email=SAMPLE_ADDRESS,
        language=code,
        facts=facts,
        attempts=0,
        expires_at=SOME_DAY,
        message=None,
    )
