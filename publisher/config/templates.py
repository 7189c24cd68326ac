"""A newsroom's own templates: `[templates]`."""

from publisher.config.section import Section

__all__ = ["Templates"]


class Templates(Section):
    """`[templates]`: what pages and messages look like."""

    folder: str = ""
    """Folder of your own templates, relative to this file; they stand before ours, file
    by file. Empty: none."""
    kept: str = "var/templates"
    """Where the versions are kept that worked last."""
