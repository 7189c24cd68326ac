"""What readers can subscribe to: `[[digest]]`."""

from datetime import time
from typing import Annotated, Literal

from pydantic import Field

from publisher.config.section import Key, Section, Texts, TimeOfDay, Weekday

__all__ = ["Digest"]


class Digest(Section):
    """`[[digest]]`: a newsletter readers can subscribe to."""

    key: Key
    """Permanent name of the digest."""
    title: Texts = {"": ""}
    """Printed title, as one text or per language."""
    frequency: Literal["instant", "daily", "weekdays", "weekly", "monthly"] = "daily"
    """How often it comes."""
    weekdays: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    """Days of a `weekdays` digest; the first one is the day of a `weekly` one."""
    month_day: Annotated[int, Field(ge=1, le=31)] = 1
    """Day of a `monthly` digest; a shorter month has it on its last day."""
    frequencies: tuple[
        Literal["instant", "daily", "weekdays", "weekly", "monthly"], ...
    ] = ()
    """How often readers may choose to have it instead; empty: as it is."""
    hour: TimeOfDay = time(7, 0)
    """Local hour for readers who choose none, as "HH:MM"."""
    rubrics: tuple[str, ...] = ()
    """Rubrics for readers who choose none; empty: all."""
    min_articles: Annotated[int, Field(ge=1, le=100)] = 1
    """With fewer new articles the edition waits for the next slot."""
    max_articles: Annotated[int, Field(ge=1, le=60)] = 20
    """The rest is behind a "more" link."""
    max_days: Annotated[int, Field(ge=1, le=3650)] = 14
    """Articles published longer ago are not news, however late they come in; but what
    came out since the reader was last served always is."""
    first_days: Annotated[int, Field(ge=0, le=365)] = 1
    """How many days back a new reader's first digest reaches."""
    max_lateness: Annotated[int, Field(ge=1, le=24 * 14)] = 6
    """Hours after its slot an edition may still go out; later it expires."""
    catch_up: Literal["latest", "all", "none"] = "latest"
    """What becomes of slots that went by while nothing was running: the `latest` gets
    its edition, `all` do one after the other, or `none` does."""
    latest: Annotated[int, Field(ge=0, le=20)] = 6
    """Headlines in the strip of latest news."""
    archive: bool = False
    """Everybody may read past editions, as pages and as a feed of their own."""
