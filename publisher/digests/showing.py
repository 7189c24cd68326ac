"""An edition in the browser: joined from what was kept of it, not rendered again.

Whoever has the address may read it, so nothing in it is a reader's own: what only a
mail says is left out, and the address itself names content and no person.
"""

from publisher.rendering.slots import fill, for_page, slot
from publisher.rendering.templates import Renderer
from publisher.store.edition_pages import KeptEdition

__all__ = ["page_of"]

WITHDRAWN = "email/digest/withdrawn.html"


def page_of(kept: KeptEdition, renderer: Renderer, top: str = "") -> str:
    """Return the page of an edition; raises TemplateError.

    `top` is HTML for its first line, where a mail has the reader's links. In the place
    of an article that was withdrawn since, the page says so.
    """
    withdrawn = ""
    if None in kept.pieces:
        withdrawn = renderer.page(WITHDRAWN, kept.language)
    html = "".join(withdrawn if one is None else one for one in kept.pieces)
    # What mail lists show beside the subject may name the article.
    preheader = "" if withdrawn else kept.frame.get("preheader", "")
    filled = fill(html, slot("preheader"), preheader)
    return for_page(filled, top)
