"""Markdown to HTML: CommonMark with tables, strikethrough and figures with captions."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

__all__ = ["PlacedPicture", "render_markdown"]


@dataclass(frozen=True, slots=True)
class PlacedPicture:
    """Where a picture of a text is to be had; sizes in pixels, 0 when unknown."""

    url: str
    width: int = 0
    height: int = 0


def render_markdown(text: str, place: Callable[[str], PlacedPicture]) -> str:
    """Return a text as HTML, which may hold anything and is still to be cleaned.

    A picture alone in its paragraph becomes a figure; its title is the caption. `place`
    is given the address of every picture as it was written.
    """
    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = markdown.parse(text)
    for index, token in enumerate(tokens):
        if token.type == "inline":
            children = token.children or []
            for child in children:
                if child.type == "image":
                    _place(child, place)
            if _is_picture_alone(children) and not tokens[index - 1].hidden:
                _make_figure(tokens[index - 1 : index + 2])
    rendered: str = markdown.renderer.render(tokens, markdown.options, {})
    return rendered


def _place(image: Token, place: Callable[[str], PlacedPicture]) -> None:
    picture = place(str(image.attrs.get("src", "")))
    image.attrs["src"] = picture.url
    if picture.width and picture.height:
        image.attrs["width"] = picture.width
        image.attrs["height"] = picture.height


def _is_picture_alone(children: list[Token]) -> bool:
    kinds = [child.type for child in children]
    return kinds in (["image"], ["link_open", "image", "link_close"])


def _make_figure(paragraph: list[Token]) -> None:
    start, inline, end = paragraph
    if start.type != "paragraph_open":
        return
    start.tag = end.tag = "figure"
    children = inline.children or []
    for image in children:
        caption = image.attrs.pop("title", "") if image.type == "image" else ""
        if caption:
            content = f"<figcaption>{escape(str(caption))}</figcaption>"
            children.append(Token("html_inline", "", 0, content=content))
            break
