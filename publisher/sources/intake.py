"""Take what a source shows into the store: clean, resolve, keep; set bad ones aside."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from publisher.clock import Clock
from publisher.errors import ArticleError
from publisher.model.article import Byline, IncomingArticle, Picture
from publisher.model.identity import comment_uid, mint_uid
from publisher.model.rubric import RubricTree
from publisher.rendering.cleaning import clean_article_html, clean_text
from publisher.sources.comment_cleaning import clean_comments
from publisher.sources.refusing import (
    refuse_language,
    refuse_oversized,
    refuse_untitled,
    storable,
    unforeseen,
)
from publisher.sources.source import FileGone, FileReading, Source
from publisher.store import Store, articles, sources
from publisher.store.articles import Arrival, Kept
from publisher.store.sources import SetAside, SourceRow

__all__ = ["Intake", "IntakeReport"]

_log = logging.getLogger("publisher.sources")


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeReport:
    """What one look at a source brought."""

    new: int = 0
    changed: int = 0
    same: int = 0
    set_aside: int = 0
    missing: int = 0

    def __add__(self, other: "IntakeReport") -> "IntakeReport":
        """Sum two reports."""
        return IntakeReport(
            new=self.new + other.new,
            changed=self.changed + other.changed,
            same=self.same + other.same,
            set_aside=self.set_aside + other.set_aside,
            missing=self.missing + other.missing,
        )


@dataclass(slots=True)
class FileSoFar:
    """What the readings of one file have shown; a huge file comes in several."""

    path: str = ""
    seen: list[str] = field(default_factory=list)
    refused: list[SetAside] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Brings one source's articles into the store.

    `authority` and `since` go into the ids of new articles. With `has_demo_dates` all
    dates move by one span, chosen at the first look, so that the newest is of today.
    """

    source: Source
    store: Store
    clock: Clock
    tree: RubricTree
    languages: Sequence[str]
    authority: str
    since: date
    has_demo_dates: bool = False

    def look(self) -> IntakeReport:
        """Take in what changed since the last look; safe to repeat and to interrupt."""
        row = self.store.transact(sources.open_source, self.source.name)
        known = self.store.query(sources.known_files, row.id)
        scan = self.source.scan(known)
        if self.has_demo_dates and row.date_shift is None:
            readings = list(scan)
            row = self._fix_shift(row, readings)
            scan = iter(readings)
        report = IntakeReport()
        file = FileSoFar()
        for found in scan:
            if isinstance(found, FileGone):
                report += self._lose(row, found)
                continue
            if found.path != file.path:
                file = FileSoFar(found.path)
            report += self._take(row, found, file)
        if report != IntakeReport():
            _log.info(
                "source.looked source=%s new=%d changed=%d same=%d set_aside=%d",
                row.name,
                report.new,
                report.changed,
                report.same,
                report.set_aside,
            )
        return report

    def _fix_shift(
        self, row: SourceRow, readings: Sequence[FileReading | FileGone]
    ) -> SourceRow:
        now = self.clock.now()
        newest = max(
            (
                incoming.published_at
                for reading in readings
                if isinstance(reading, FileReading)
                for incoming in reading.articles
                if incoming.published_at <= now
            ),
            default=None,
        )
        if newest is None:
            return row
        shift = now - newest - timedelta(minutes=5)
        shift -= timedelta(seconds=shift.total_seconds() % 60)
        self.store.transact(sources.set_date_shift, row.id, shift, newest)
        return self.store.transact(sources.open_source, row.name)

    def _lose(self, row: SourceRow, gone: FileGone) -> IntakeReport:
        now = self.clock.now()
        missing = self.store.transact(sources.forget_file, row, gone.path, now)
        _log.warning(
            "source.file_gone source=%s path=%s articles=%d",
            row.name,
            gone.path,
            missing,
        )
        return IntakeReport(missing=missing)

    def _take(
        self, row: SourceRow, reading: FileReading, file: FileSoFar
    ) -> IntakeReport:
        """Take in one reading of a file; the last one of a file settles it."""
        refused = [
            self._set_aside(row, bad.where, bad.reason, bad.raw)
            for bad in reading.refusals
        ]
        kept = dict.fromkeys(Kept, 0)
        for incoming in reading.articles:
            file.seen.append(incoming.source_id)
            place = f"{reading.path}: {incoming.source_id}"
            try:
                with unforeseen(place):
                    arrival = self._arrival(row, reading.path, incoming)
                now = self.clock.now()
                taken = self.store.transact(articles.take_in, arrival, self.tree, now)
            except ArticleError as error:
                raw = f"{incoming.title}\n\n{incoming.body_html}"[:65536]
                refused.append(self._set_aside(row, place, str(error), raw))
            else:
                refused += [
                    self._set_aside(row, f"{place}: {bad.place}", bad.reason, bad.raw)
                    for bad in arrival.incoming.unusable_comments
                ]
                kept[taken.kept] += 1
                if arrival.notes and taken.kept is not Kept.SAME:
                    notes = "; ".join(arrival.notes)
                    _log.info("article.noted article=%d notes=%s", taken.id, notes)
        file.refused.extend(refused)
        missing = self._settle(row, reading, file) if reading.is_last else 0
        self._tell(row, reading.path, kept, refused, missing)
        return IntakeReport(
            new=kept[Kept.NEW],
            changed=kept[Kept.CHANGED],
            same=kept[Kept.SAME],
            set_aside=len(refused),
            missing=missing,
        )

    def _settle(self, row: SourceRow, reading: FileReading, file: FileSoFar) -> int:
        return self.store.transact(
            sources.settle_file,
            row,
            (reading.path, reading.fingerprint),
            seen=file.seen,
            refused=file.refused,
            now=self.clock.now(),
        )

    def _tell(
        self,
        row: SourceRow,
        path: str,
        kept: dict[Kept, int],
        refused: Sequence[SetAside],
        missing: int,
    ) -> None:
        _log.debug(
            "source.file_read source=%s path=%s new=%d changed=%d same=%d",
            row.name,
            path,
            kept[Kept.NEW],
            kept[Kept.CHANGED],
            kept[Kept.SAME],
        )
        for found in refused:
            _log.warning(
                "article.set_aside place=%s reason=%s", found.place, found.reason
            )
        if missing:
            _log.warning(
                "article.missing source=%s path=%s articles=%d", row.name, path, missing
            )

    def _set_aside(self, row: SourceRow, place: str, reason: str, raw: str) -> SetAside:
        return SetAside(
            source=row.name,
            place=storable(place)[:1000],
            reason=storable(reason),
            raw=storable(raw),
            at=self.clock.now(),
        )

    def _arrival(self, row: SourceRow, path: str, incoming: IncomingArticle) -> Arrival:
        """Clean an article and find its rubrics; raises ArticleError."""
        refuse_language(incoming.language, self.languages)
        body = clean_article_html(
            incoming.body_html, incoming.url, language=incoming.language
        )
        title = clean_text(incoming.title)
        refuse_untitled(title)
        refuse_oversized(incoming, path)
        keys, unknown = self._rubrics(incoming)
        shift = row.shift_of(incoming.published_at)
        comments, unusable = clean_comments(incoming, shift)
        clean = replace(
            incoming,
            title=title,
            lead=clean_text(incoming.lead),
            body_html=body.html,
            bylines=tuple(
                Byline(clean_text(byline.name), byline.url)
                for byline in incoming.bylines
            ),
            picture=_clean_picture(incoming.picture),
            tags=tuple(dict.fromkeys(clean_text(tag) for tag in incoming.tags)),
            rights=clean_text(incoming.rights),
            rubrics=keys,
            published_at=incoming.published_at + shift,
            modified_at=incoming.modified_at and incoming.modified_at + shift,
            embargo_until=incoming.embargo_until and incoming.embargo_until + shift,
            comments=comments,
            unusable_comments=unusable,
            problems=(),
        )
        uid = incoming.guid or mint_uid(
            self.authority, self.since, row.name, incoming.source_id
        )
        return Arrival(
            source_id=row.id,
            path=path,
            uid=uid,
            incoming=clean,
            notes=(*incoming.problems, *body.notes, *unknown),
            comments={
                comment_uid(
                    self.authority, self.since, row.name, incoming.source_id, one.key
                ): one
                for one in comments
            },
        )

    def _rubrics(
        self, incoming: IncomingArticle
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the keys of an article's rubrics, and a note for each unknown one."""
        keys, notes = [], []
        for name in incoming.rubrics:
            found = self.tree.find(name)
            if found is None:
                hint = self.tree.suggestion(name)
                notes.append(f'rubric "{name}" is not defined{hint}; it was left out')
            else:
                keys.append(found.key)
        if incoming.rubrics and not keys:
            msg = (
                f"{notes[0].removesuffix('; it was left out')}; correct it, or add"
                " the name to the aliases of a rubric"
            )
            raise ArticleError(msg)
        return tuple(dict.fromkeys(keys)), tuple(notes)


def _clean_picture(picture: Picture | None) -> Picture | None:
    return picture and replace(
        picture,
        alt=clean_text(picture.alt),
        caption=clean_text(picture.caption),
        credit=clean_text(picture.credit),
    )
