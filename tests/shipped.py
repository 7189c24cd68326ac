"""The shipped templates, compiled once: that takes longer than most tests."""

from functools import cache

from publisher.rendering.templates import Renderer

__all__ = ["shipped_renderer"]


@cache
def shipped_renderer() -> Renderer:
    """Return the renderer of the shipped templates alone; nobody may switch it."""
    return Renderer()
