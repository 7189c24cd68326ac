"""`publisher feeds lint`: what each aggregator would refuse, and why."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from publisher.cli.context import Answer, opened
from publisher.cli.counting import counted
from publisher.clock import SystemClock
from publisher.errors import PublisherError
from publisher.feeds.dialects.dialect import Dialect, Finding, Severity
from publisher.feeds.dialects.plain.reading import lint_document
from publisher.feeds.dialects.plain.rules import DocumentFinding
from publisher.feeds.dialects.publishing import newest_articles
from publisher.feeds.dialects.registry import DIALECTS, dialect_named
from publisher.feeds.dialects.sifting import sift
from publisher.service import Service

__all__ = ["add_to"]

COLUMNS = ("article", "dialect", "rule", "says", "what")
MACHINE_COLUMNS = (
    *("article", "uid", "title", "url", "dialect", "rule", "severity"),
    *("where", "reason", "remedy", "source"),
)
COUNTS = ("dialect", "articles", "too_old", "taken", "refused", "warned")
DOCUMENT_COLUMNS = ("line", "rule", "says", "what")
MACHINE_DOCUMENT_COLUMNS = (
    *("line", "element", "rule", "severity", "reason", "remedy", "source"),
)


def add_to(app: typer.Typer) -> None:
    """Add this command to the group of feeds."""
    app.command()(lint)


def lint(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Check this RSS, Atom or JSON feed by the plain rules instead."
        ),
    ] = None,
    dialect: Annotated[
        list[str] | None,
        typer.Option(help="Ask this aggregator; may be repeated. All by default."),
    ] = None,
    rubric: Annotated[
        str, typer.Option(help="Only articles of this rubric and below.")
    ] = "",
    language: Annotated[str, typer.Option(help="Only articles in it.")] = "",
    limit: Annotated[
        int, typer.Option(min=1, max=1000, help="How many of the newest articles.")
    ] = 50,
) -> None:
    """Tell what aggregators would refuse of the newest articles, and why.

    The exit code is 1 when something would be refused.
    """
    config, answer = context.obj
    if file is None:
        dialects = [dialect_named(key) for key in dialect or ()] or list(DIALECTS)
        with opened(config) as service:
            is_refused = _lint_articles(
                service, answer, dialects, (rubric, language), limit
            )
    else:
        if dialect or rubric or language:
            msg = "FILE takes no --dialect, --rubric or --language: leave them out"
            raise typer.BadParameter(msg)
        is_refused = _lint_file(file, answer)
    if is_refused:
        raise typer.Exit(1)


def _lint_articles(
    service: Service,
    answer: Answer,
    dialects: Sequence[Dialect],
    feed: tuple[str, str],
    limit: int,
) -> bool:
    rubric, language = feed
    known = service.facts.languages
    if language and language not in known:
        msg = f'language "{language}" is not in `site.languages` ({", ".join(known)})'
        raise PublisherError(msg)
    articles = newest_articles(service.store, service.tree, rubric, language, limit)
    now = service.clock.now()
    findings: list[Finding] = []
    counts = []
    for dialect in dialects:
        # What is too old for an aggregator is not offered to it.
        oldest = now - timedelta(days=dialect.days)
        young = [a for a in articles if not dialect.days or a.published_at >= oldest]
        sifted = sift(
            dialect, young, service.tree, service.facts, now=now, language=language
        )
        findings += sifted.findings
        counts.append(_counted(dialect, len(articles), len(young), sifted.findings))
    order = {article.id: place for place, article in enumerate(articles)}
    findings.sort(key=lambda finding: order.get(finding.article_id or 0, 0))
    _tell(answer, findings)
    if not answer.as_json:
        answer.say("")
        answer.rows(COUNTS, counts, "")
    return any(finding.severity is Severity.REFUSE for finding in findings)


def _counted(
    dialect: Dialect, offered: int, young: int, found: Sequence[Finding]
) -> tuple[object, ...]:
    refused = {f.article_id for f in found if f.severity is Severity.REFUSE}
    warned = {f.article_id for f in found} - refused
    taken = young - len(refused)
    return dialect.key, offered, offered - young, taken, len(refused), len(warned)


def _tell(answer: Answer, findings: Sequence[Finding]) -> None:
    if answer.as_json:
        rows = [
            (
                *(f.article_id, f.uid, f.title, f.url, f.dialect, f.rule),
                *(f.severity.value, f.where, f.reason, f.remedy, f.source),
            )
            for f in findings
        ]
        answer.rows(MACHINE_COLUMNS, rows, "")
        return
    told: list[tuple[object, ...]] = []
    last = None
    for finding in findings:
        if finding.article_id != last:
            last = finding.article_id
            told.append((last, "", "", "", finding.title))
        says = finding.severity.value
        told.append(("", finding.dialect, finding.rule, says, finding.sentence))
    answer.rows(COLUMNS, told, "Nothing would be refused.")


def _lint_file(file: Path, answer: Answer) -> bool:
    try:
        body = file.read_bytes()
    except OSError as error:
        msg = f"{file} cannot be read: {error.strerror}; name a file with a feed"
        raise PublisherError(msg) from error
    findings = lint_document(body, now=SystemClock().now())
    if answer.as_json:
        rows = [
            (f.line, f.element, f.rule, f.severity.value, f.reason, f.remedy, f.source)
            for f in findings
        ]
        answer.rows(MACHINE_DOCUMENT_COLUMNS, rows, "")
    else:
        told = [_told(finding) for finding in findings]
        answer.rows(DOCUMENT_COLUMNS, told, "It keeps the rules.")
    refused = sum(finding.severity is Severity.REFUSE for finding in findings)
    warnings = counted(len(findings) - refused, "warning")
    answer.say(f"\n{refused} refused, {warnings}.")
    return refused > 0


def _told(finding: DocumentFinding) -> tuple[object, ...]:
    what = f"{finding.element}: {finding.reason}; {finding.remedy}"
    return finding.line or "", finding.rule, finding.severity.value, what
