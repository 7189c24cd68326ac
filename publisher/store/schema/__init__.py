"""Tables by subject; importing this package registers all of them on one MetaData."""

from publisher.store.schema import (
    articles,
    editions,
    feeds,
    hubs,
    pictures,
    readers,
    readerships,
    rubrics,
    subjects,
)
from publisher.store.schema.metadata import metadata

__all__ = [
    "articles",
    "editions",
    "feeds",
    "hubs",
    "metadata",
    "pictures",
    "readers",
    "readerships",
    "rubrics",
    "subjects",
]
