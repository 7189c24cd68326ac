"""The newspaper itself: `[site]` and `[[rubric]]`."""

from datetime import date
from typing import Annotated

from pydantic import Field

from publisher.config.section import Key, Language, Section, Texts, Url, Zone

__all__ = ["Rubric", "Site"]


class Site(Section):
    """`[site]`: the newspaper."""

    title: Texts = {"": "Publishing desk"}
    """Name of the newspaper, as one text or per language."""
    description: Texts = {"": ""}
    """One sentence about it, for feed readers."""
    url: Url = "http://127.0.0.1:8000"
    """Address of the newspaper's own site; articles link there."""
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("ru", "kk")
    """Languages articles are written in; the first is the site's main one."""
    zone: Zone = "Asia/Almaty"
    """Time zone of the newsroom, an IANA name."""
    city: Texts = {"": ""}
    """Printed beside the date in the digest's masthead."""
    postal_address: Texts = {"": ""}
    """Printed at the foot of every digest."""
    rights: Texts = {"": ""}
    """Rights line of feeds and of articles that bring none of their own."""
    logo_url: str = ""
    """Address of a logo for digests and feeds (PNG or JPEG)."""
    accent: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#9f1d20"
    """Colour of links and rules in digests and pages."""
    authority: str = ""
    """Host name written into permanent ids; default: the host of `url`. Never matters
    again for articles that already have an id."""
    since: date = date(2025, 1, 1)
    """Date written into permanent ids: any day on which you held `authority`."""


class Rubric(Section):
    """`[[rubric]]`: a section of the newspaper, in the order of the menu."""

    key: Key
    """Permanent identity; keep it when you rename or move the rubric."""
    slug: Key | None = None
    """Its part of the address; default: the key. May change, old addresses redirect."""
    parent: str | None = None
    """Key of the rubric above it; none for a root."""
    names: Texts = {}
    """Its name, as one text or per language; default: the key."""
    aliases: tuple[str, ...] = ()
    """Other names that sources use for it."""
    closed: bool = False
    """A closed rubric takes no articles and answers 410."""
