"""What goes out as feeds: `[feeds]`, `[[old_feed]]` and `[[output]]`."""

from typing import Annotated, Literal

from pydantic import Field

from publisher.config.section import Key, Language, Section

__all__ = ["Feeds", "OldFeed", "Output"]


class Feeds(Section):
    """`[feeds]`: what every feed holds."""

    items: Annotated[int, Field(ge=1, le=1000)] = 50
    """A feed holds at least this many articles …"""
    hours: Annotated[int, Field(ge=0, le=24 * 90)] = 48
    """… and everything published in this many hours before its newest article …"""
    limit: Annotated[int, Field(ge=1, le=2000)] = 200
    """… but never more than this many."""
    max_age: Annotated[int, Field(ge=0, le=86400)] = 300
    """Seconds a reader may keep a document before asking again."""
    repeats_per_hour: Annotated[int, Field(ge=0, le=3600)] = 30
    """How often a reader that sends no validators gets a document again that has not
    changed; after that it is told to wait (429). 0: as often as it likes."""
    readership_days: Annotated[int, Field(ge=1, le=3660)] = 400
    """Days for which the numbers of readers are kept."""


class OldFeed(Section):
    """`[[old_feed]]`: a feed's address on a site that was here before."""

    path: Annotated[str, Field(pattern=r"^/[^#\s]*$", max_length=500)]
    """Its path, with a query where it had one. `{rubric}` stands for the key, slug or
    alias of a rubric."""
    rubric: str = ""
    """Key of the rubric; empty: the whole site, or what `{rubric}` says."""
    language: Language | Literal[""] = ""
    """Language of the feed; empty: all languages."""
    format: Literal["rss", "atom", "json"] = "rss"
    """Its format."""
    answer: Literal["redirect", "in-place"] = "redirect"
    """`redirect` sends readers to the present address (301), `in-place` answers at
    the old one."""


class Output(Section):
    """`[[output]]`: where feeds are copied to, besides being served by this service."""

    name: Key
    """Its name in log lines."""
    kind: Literal["folder"] = "folder"
    """How it is written: `folder` is for any static server on the same files."""
    folder: str
    """Folder for feeds alone, relative to this file; made where it is missing."""
