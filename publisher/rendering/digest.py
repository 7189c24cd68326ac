"""The digest as a message: text and HTML, with slots for what differs by reader."""

from datetime import tzinfo

from publisher.model.content import DigestContent
from publisher.rendering.assembling import Assembler, Assembly
from publisher.rendering.letterhead import Look, Personal, Site, harmless
from publisher.rendering.slots import fill, for_mail, slot
from publisher.rendering.templates import RenderedMessage, Renderer

__all__ = ["Look", "Personal", "Site", "harmless", "render_digest", "rendered"]


def render_digest(
    renderer: Renderer,
    content: DigestContent,
    *,
    site: Site,
    zone: tzinfo,
    look: Look | None = None,
    personal: Personal | None = None,
) -> RenderedMessage:
    """Render `templates/email/digest` in the content's language; raises TemplateError.

    What comes with every article is rendered by `templates/email/instant`.

    The same arguments always give the same message. Without `personal` it holds slots.
    """
    assembler = Assembler(renderer, look=look or Look(), zone=zone)
    return rendered(assembler.fitted(content, site=site, personal=personal))


def rendered(assembly: Assembly) -> RenderedMessage:
    """Join the pieces of a digest and fill in what only its list of articles says."""
    text = "".join(piece.text for piece in assembly.pieces)
    html = "".join(piece.html for piece in assembly.pieces)
    return RenderedMessage(
        subject=assembly.subject,
        text=text,
        html=fill(for_mail(html), slot("preheader"), assembly.preheader),
    )
