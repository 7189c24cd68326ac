"""What comes from outside made harmless: bodies of articles, and lines of text."""

from publisher.rendering.cleaning.article import CleanHtml, clean_article_html
from publisher.rendering.cleaning.text import clean_text

__all__ = ["CleanHtml", "clean_article_html", "clean_text"]
