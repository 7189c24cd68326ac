"""Which articles a dialect takes, and why it would refuse the others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from publisher.errors import ArticleError
from publisher.feeds.dialects.body import read_body
from publisher.feeds.dialects.dialect import Context, Dialect, Finding, Severity
from publisher.feeds.entries import Entry, entry_of
from publisher.model.article import Article
from publisher.model.feed import SiteFacts
from publisher.model.rubric import RubricTree

__all__ = ["Sifted", "accepts", "finding_of_failure", "findings", "sift"]

UNREADABLE = "unreadable"
"""The rule that no dialect names: an article that no feed can show."""


@dataclass(frozen=True, slots=True)
class Sifted:
    """Accepted articles, newest first, with what parts need; and all findings."""

    accepted: tuple[tuple[Article, Context], ...]
    findings: tuple[Finding, ...]


def findings(
    article: Article,
    dialect: Dialect,
    tree: RubricTree,
    facts: SiteFacts,
    *,
    now: datetime | None = None,
    language: str = "",
) -> tuple[Finding, ...]:
    """Return what a dialect finds wrong with an article, refusals first.

    Ages are counted back from `now`, from the article itself where it is not given. An
    empty `language` stands for a feed in any.
    """
    return sift(dialect, [article], tree, facts, now=now, language=language).findings


def accepts(
    article: Article,
    dialect: Dialect,
    tree: RubricTree,
    facts: SiteFacts,
    *,
    now: datetime | None = None,
    language: str = "",
) -> bool:
    """Tell whether a dialect takes an article; warnings do not keep it out."""
    found = findings(article, dialect, tree, facts, now=now, language=language)
    return not _is_refused(found)


def sift(
    dialect: Dialect,
    articles: Iterable[Article],
    tree: RubricTree,
    facts: SiteFacts,
    *,
    now: datetime | None = None,
    language: str = "",
) -> Sifted:
    """Sift the articles of one document; the order they are given in is no matter.

    Ages are counted back from `now`, from the newest article where it is not given.
    """
    read, found = _read(dialect, articles, tree, facts)
    if not read:
        return Sifted((), tuple(found))
    now = now or read[0][1].published_at
    owners: dict[str, int] = {}
    for article, entry in reversed(read):
        owners.setdefault(entry.url, article.id)
    accepted = []
    for article, entry in read:
        try:
            context = Context(
                facts=facts,
                entry=entry,
                body=read_body(entry.content_html),
                now=now,
                language=language,
                owners=owners,
            )
            said = _asked(dialect, article, context)
        except Exception as error:  # noqa: BLE001 (law 5: it is this article alone)
            said = (finding_of_failure(dialect, article, error),)
        else:
            if not _is_refused(said):
                accepted.append((article, context))
        found += said
    return Sifted(tuple(accepted), tuple(found))


def _read(
    dialect: Dialect, articles: Iterable[Article], tree: RubricTree, facts: SiteFacts
) -> tuple[list[tuple[Article, Entry]], list[Finding]]:
    """Return the articles as feeds show them, newest first, and what is none."""
    read, failures = [], []
    for article in articles:
        try:
            # Without a title the lead stands for it; that is for the rules to refuse.
            read.append((article, entry_of(article, tree, facts)))
        except ArticleError as error:
            failures.append(finding_of_failure(dialect, article, error))
        except Exception as error:  # noqa: BLE001 (law 5: it is this article alone)
            failures.append(finding_of_failure(dialect, article, error))
    read.sort(key=lambda pair: (pair[1].published_at, pair[0].id), reverse=True)
    return read, failures


def _asked(dialect: Dialect, article: Article, context: Context) -> tuple[Finding, ...]:
    found = []
    for rule in dialect.rules:
        what = rule.check(article, context)
        if what:
            blank = _blank(dialect, article)
            found.append(
                replace(
                    blank,
                    rule=rule.id,
                    severity=rule.severity,
                    where=rule.where,
                    reason=f"{what}; {dialect.name} takes {rule.demands}",
                    remedy=rule.remedy,
                    source=rule.source,
                )
            )
    found.sort(key=lambda finding: finding.severity is Severity.WARN)
    return tuple(found)


def finding_of_failure(dialect: Dialect, article: Article, error: Exception) -> Finding:
    """Return why an article cannot be shown in any feed."""
    return replace(_blank(dialect, article), reason=str(error))


def _blank(dialect: Dialect, article: Article) -> Finding:
    return Finding(
        dialect=dialect.key,
        rule=UNREADABLE,
        severity=Severity.REFUSE,
        where="article",
        reason="",
        remedy="correct it at the source",
        source="an article that no feed can show is left out of all",
        article_id=article.id,
        uid=article.uid,
        title=article.title,
        url=article.url,
    )


def _is_refused(found: Sequence[Finding]) -> bool:
    return any(finding.severity is Severity.REFUSE for finding in found)
