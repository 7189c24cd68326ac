"""Our own copies of pictures: `[pictures]`."""

from typing import Annotated

from pydantic import Field

from publisher.config.section import Section

__all__ = ["Pictures"]


class Pictures(Section):
    """`[pictures]`: copies of lead pictures in the sizes that mail needs."""

    folder: str = "var/pictures"
    """Folder of the copies; it may be emptied at any time."""
    max_megabytes: Annotated[int, Field(ge=10, le=1_000_000)] = 500
    """The oldest copies are removed when all together are more."""
