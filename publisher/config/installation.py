"""How a machine and folder is told from its copies: `[installation]`."""

from publisher.config.section import Line, Section

__all__ = ["Installation"]


class Installation(Section):
    """`[installation]`: how a copy of this service is told from the original."""

    file: str = "var/installation"
    """Where it is remembered what the store had counted. Do not back it up."""
    name: Line = ""
    """A name of its own, where a machine's changes at every start, as in containers;
    default: the machine's id, its host name and this folder."""
