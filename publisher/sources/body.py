"""The text of an article: HTML as it came, or Markdown made into HTML."""

from publisher.rendering.cleaning.characters import legal
from publisher.sources.fields import Fields
from publisher.sources.local_pictures import LocalPictures
from publisher.sources.markdown import PlacedPicture, render_markdown
from publisher.sources.record import Record

__all__ = ["BODY_HTML", "BODY_MARKDOWN", "read_body"]

BODY_HTML = "body_html"
BODY_MARKDOWN = "body_markdown"
MAX_HTML = 4_000_000
MAX_MARKDOWN = 500_000


def read_body(fields: Fields, record: Record, pictures: LocalPictures) -> str:
    """Return the body as HTML, not cleaned; pictures of the folder are absolute."""
    html = fields.raw_text(BODY_HTML, MAX_HTML)
    markdown = fields.raw_text(BODY_MARKDOWN, MAX_MARKDOWN)
    if html and markdown:
        fields.notes.append(f'"{BODY_MARKDOWN}" was passed over for "{BODY_HTML}"')
    elif markdown:

        def place(written: str) -> PlacedPicture:
            if not pictures.is_relative(written):
                return PlacedPicture(written)
            found = pictures.find(written, record.path)
            if found is None:
                fields.notes.append(f'there is no picture "{written[:80]}"')
                return PlacedPicture(pictures.address(written))
            return PlacedPicture(found.url, found.width, found.height)

        html = render_markdown(legal(markdown), place)
    return pictures.placed_in(html, record.path) if "<img" in html else html
