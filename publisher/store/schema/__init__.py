"""Tables by subject; importing this package registers all of them on one MetaData."""

from publisher.store.schema import (
    alerts,
    articles,
    comments,
    editions,
    feeds,
    hubs,
    joinings,
    letters,
    pace,
    pictures,
    readers,
    readerships,
    requests,
    rubrics,
    subjects,
    turns,
)
from publisher.store.schema.metadata import metadata

__all__ = [
    "alerts",
    "articles",
    "comments",
    "editions",
    "feeds",
    "hubs",
    "joinings",
    "letters",
    "metadata",
    "pace",
    "pictures",
    "readers",
    "readerships",
    "requests",
    "rubrics",
    "subjects",
    "turns",
]
