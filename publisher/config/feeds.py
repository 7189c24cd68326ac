"""What goes out as feeds: `[feeds]` and `[[output]]`."""

from typing import Annotated, Literal

from pydantic import Field

from publisher.config.section import Key, Section

__all__ = ["Feeds", "Output"]


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


class Output(Section):
    """`[[output]]`: where feeds are copied to, besides being served by this service."""

    name: Key
    """Its name in log lines."""
    kind: Literal["folder"] = "folder"
    """How it is written: `folder` is for any static server on the same files."""
    folder: str
    """Folder for feeds alone, relative to this file; made where it is missing."""
