"""What brings articles into the store, from the sources of the configuration."""

from datetime import timedelta
from pathlib import Path

from publisher.clock import Clock
from publisher.config import Config
from publisher.config.sources import Source
from publisher.model.rubric import RubricTree
from publisher.service import settings
from publisher.sources.folder import FolderSource
from publisher.sources.intake import Intake
from publisher.store import Store

__all__ = ["make_intake", "make_intakes"]


def make_intakes(
    config: Config, root: Path, store: Store, clock: Clock, tree: RubricTree
) -> tuple[tuple[Intake, timedelta], ...]:
    """Return what brings articles into the store, with how often it looks."""
    return tuple(
        (
            make_intake(source, config, root, store, clock, tree),
            timedelta(seconds=source.interval),
        )
        for source in config.source
    )


def make_intake(
    source: Source,
    config: Config,
    root: Path,
    store: Store,
    clock: Clock,
    tree: RubricTree,
) -> Intake:
    """Return what brings a source's articles into the store."""
    folder = root / source.folder
    return Intake(
        source=FolderSource(
            source.name,
            folder,
            defaults=settings.source_defaults(config, source),
        ),
        store=store,
        clock=clock,
        tree=tree,
        languages=config.site.languages,
        authority=settings.authority(config),
        since=config.site.since,
        has_demo_dates=source.demo_dates,
    )
