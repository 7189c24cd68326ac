"""What readers said about an article, as the entries of a feed of its own.

A feed of comments is made of the same entries, heads and documents as every other. Its
fragments are not kept: it is asked for seldom, and holds no more than a window of them.
"""

import logging
from dataclasses import replace

from publisher.errors import ArticleError
from publisher.feeds.addresses import ascii_url
from publisher.feeds.characters import clean, clean_line
from publisher.feeds.content import excerpt
from publisher.feeds.entries import Entry, InReplyTo
from publisher.feeds.fragments import write_entry
from publisher.model.article import Article, Byline, Link
from publisher.model.comment import Comment
from publisher.model.feed import FORMATS, FeedFormat, FeedHead, SiteFacts
from publisher.rendering.language import Languages
from publisher.store.comments import Discussion
from publisher.store.reading import EntryState

__all__ = ["comment_entry", "comment_states", "comments_head", "render_comments"]

_log = logging.getLogger("publisher.feeds")


def comment_states(discussion: Discussion) -> dict[int, EntryState]:
    """Return the dates of comments by their numbers, newest first."""
    return {
        one.id: EntryState(1, one.published_at, one.updated_at)
        for one in discussion.comments
    }


def render_comments(
    discussion: Discussion,
) -> dict[FeedFormat, dict[int, bytes]]:
    """Return every comment in every format; what cannot be written is left out."""
    made: dict[FeedFormat, dict[int, bytes]] = {form: {} for form in FORMATS}
    for one in discussion.comments:
        try:
            entry = comment_entry(one, discussion.articles[one.article_id])
            written = {form: write_entry(entry, form) for form in FORMATS}
        except Exception as error:  # noqa: BLE001 (law 5: the others go out)
            _log.error(
                "comment.not_in_feed article=%d comment=%d reason=%s",
                one.article_id,
                one.id,
                error,
            )
            continue
        for form, body in written.items():
            made[form][one.id] = body
    return made


def comments_head(
    head: FeedHead, article: Article | None, facts: SiteFacts, languages: Languages
) -> FeedHead:
    """Return the head of a feed of comments: it speaks of and like its article.

    That of all comments has no article, and says so in the newspaper's first language.
    """
    if article is None:
        speech = languages.get(facts.languages[0])
        title = speech.gettext("Comments")
        return replace(
            head, title=f"{title} — {head.site_title}", description=title, variants={}
        )
    speech = languages.get(article.language)
    title = speech.gettext("Comments: %(title)s") % {"title": article.title}
    title = clean_line(title)
    newspaper = facts.title(article.language)
    return replace(
        head,
        title=f"{title} — {newspaper}",
        site_title=newspaper,
        rights=facts.rights_line(article.language),
        description=title,
        language=clean_line(article.language),
        home_url=ascii_url(article.url) or head.home_url,
        variants={},
    )


def comment_entry(one: Comment, article: Article) -> Entry:
    """Return what the feed says about a comment; raises ArticleError when unusable."""
    body = clean(one.body_html).strip()
    author = clean_line(one.author)
    about = ascii_url(article.url)
    if about is None or not author:
        msg = f"comment {one.uid!r}: no author or no article; correct it at the source"
        raise ArticleError(msg)
    return Entry(
        uid=clean_line(one.uid),
        url=ascii_url(one.url) or ascii_url(article.comments_url or "") or about,
        title=f"{author}: {clean_line(article.title)}",
        lead=excerpt(body) or author,
        content_html=body,
        language=clean_line(article.language),
        published_at=one.published_at,
        updated_at=max(one.updated_at, one.published_at),
        authors=(Byline(author, ""),),
        picture=None,
        rubrics=(),
        rubrics_url="",
        tags=(),
        rights="",
        comments_url="",
        comment_count=None,
        related=(Link(about, clean_line(article.title), clean_line(article.language)),),
        translations=(),
        in_reply_to=InReplyTo(clean_line(article.uid), about),
    )
