"""Choose what a group of readers gets, and put it together from kept pieces."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from publisher.digests.addressing import Addressing
from publisher.model.article import Article
from publisher.model.content import DigestContent, group_by_rubric, trim
from publisher.model.digest import DigestRule
from publisher.model.rubric import RubricTree
from publisher.model.selection import Selection
from publisher.rendering.assembling import Assembler, Assembly
from publisher.rendering.letterhead import Look, Site
from publisher.rendering.templates import Renderer
from publisher.store import Transaction
from publisher.store.editions import EditionRow
from publisher.store.generations import GENERATION, generation_of
from publisher.store.groups import Group
from publisher.store.listings import came_in_at, listed_since, newest_of_site
from publisher.store.reading import Filed, filed_articles, load_articles
from publisher.store.segments import SegmentText

__all__ = ["Composer", "candidates"]

_log = logging.getLogger("publisher.digests")


_COMES_IN_WITHIN = timedelta(days=1)
"""After its publication, where an article is not dated back."""


def candidates(
    tx: Transaction,
    row: EditionRow,
    group: Group,
    rule: DigestRule,
    tree: RubricTree,
    *,
    is_for_nobody: bool = False,
) -> dict[int, bool]:
    """Return the articles that are new to a group, and whether each was listed before.

    New means: listed in one of its rubrics after its cursor and up to the edition's
    end, whenever it was published, as long as it is still news. What a closed rubric
    has is listed again when it opens, and not passed over until then. A group that
    `is_for_nobody` may have an old cursor for ever, and is not gone back for.
    """
    chosen = [tree.get(key) for key in sorted(group.selection.rubrics(tree))]
    return listed_since(
        tx,
        [rubric.id for rubric in chosen if not rubric.is_closed],
        group.language,
        after=group.cursor,
        up_to=row.up_to,
        published_from=_news_from(
            tx, row.due_at - rule.reach(row.frequency), None if is_for_nobody else group
        ),
    )


def _news_from(tx: Transaction, moment: datetime, group: Group | None) -> datetime:
    """Return from when on an article is news: a moment, or when a group was served.

    What came out since then was never in an edition of theirs (law 8): that one was
    missed, failed or too thin, or they were paused, or read monthly until now.
    """
    served_at = None if group is None else came_in_at(tx, group.cursor)
    return moment if served_at is None else min(moment, served_at - _COMES_IN_WITHIN)


@dataclass(frozen=True, kw_only=True)
class Composer:
    """Puts segments together from kept pieces; `sites` is by language."""

    rules: Mapping[str, DigestRule]
    tree: RubricTree
    renderer: Renderer
    sites: Mapping[str, Site]
    look: Look
    zone: str
    addressing: Addressing

    def compose(  # noqa: PLR0913 (what sets readers apart)
        self,
        tx: Transaction,
        row: EditionRow,
        article_ids: Sequence[int],
        *,
        language: str,
        is_compact: bool,
        selection: Selection,
        selection_id: int,
    ) -> SegmentText | None:
        """Put together what readers of one selection get of some articles.

        Articles that do not fit, or that no template can print, count as had: they are
        behind the link to more (law 8). One that has moved out of the selection does
        not; None where all have. Raises TemplateError when nothing can be printed.
        """
        rule = self.rules[row.digest_key]
        chosen = selection.rubrics(self.tree)
        filed = filed_articles(tx, article_ids, self.tree)
        inside = [a for a in filed if not chosen.isdisjoint(a.rubric_keys)]
        if not inside:
            return None
        # A month may bring thousands; only those that are printed are read.
        newest, more = trim(inside, rule.max_articles)
        kept = load_articles(tx, [a.id for a in newest], self.tree).values()
        pages = f"{self.addressing.base_url}/{language}"
        content = DigestContent(
            digest_key=rule.key,
            title=rule.title(language),
            language=language,
            dated=row.dated,
            sections=group_by_rubric(kept, self.tree, chosen, language, pages),
            latest=self._latest(tx, rule, language, chosen, inside),
            more_count=more,
            more_url=f"{pages}/",
            is_instant=row.is_instant,
            is_compact=is_compact,
        )
        assembly = self._assembler.fitted(content, site=self._site(language))
        _tell_what_is_broken(row, assembly)
        frame = self.addressing.frame(rule, language)
        frame["preheader"] = assembly.preheader
        if generation := generation_of(tx):
            frame[GENERATION] = f"{generation:x}"
        text = self._segment(assembly, inside, frame, content, selection_id)
        # Refused here once, and not for every reader when it is sent.
        self.addressing.compile(text, rule.key, row.id, row.composed_at)
        return text

    def _segment(
        self,
        assembly: Assembly,
        articles: Sequence[Filed],
        frame: Mapping[str, str],
        content: DigestContent,
        selection_id: int,
    ) -> SegmentText:
        keys = [piece.key for piece in assembly.pieces]
        # What is not printed sets segments apart too: who gets one has had its articles
        # (law 8), it is composed again for its selection, and archived as that one's.
        unseen = map(str, (selection_id, *(one.id for one in articles)))
        whole = "\0".join([assembly.subject, *keys, *frame.values(), *unseen])
        return SegmentText(
            content_key=hashlib.sha256(whole.encode()).hexdigest(),
            language=content.language,
            is_compact=content.is_compact,
            selection_id=selection_id,
            subject=assembly.subject,
            pieces=assembly.pieces,
            frame=frame,
            article_ids=tuple(article.id for article in articles),
        )

    @cached_property
    def _assembler(self) -> Assembler:
        return Assembler(self.renderer, look=self.look, zone=ZoneInfo(self.zone))

    def _site(self, language: str) -> Site:
        """Return the site in a language; readers of one that is gone get the first."""
        return self.sites.get(language) or next(iter(self.sites.values()))

    def _latest(
        self,
        tx: Transaction,
        rule: DigestRule,
        language: str,
        chosen: frozenset[str],
        inside: Sequence[Filed],
    ) -> tuple[Article, ...]:
        """Return the newest headlines that no digest of this reader will bring."""
        if not rule.latest:
            return ()
        shown = {article.id for article in inside}
        newest = newest_of_site(tx, language, rule.latest * 4)
        ids = [article_id for _, article_id in newest if article_id not in shown]
        found = load_articles(tx, ids, self.tree).values()
        outside = [a for a in found if not chosen.intersection(a.rubric_keys)]
        return tuple(outside[: rule.latest])


def _tell_what_is_broken(row: EditionRow, assembly: Assembly) -> None:
    for broken in assembly.broken:
        _log.error(
            "card.not_made edition=%d article=%d piece=%s reason=%s",
            row.id,
            broken.article_id,
            broken.piece,
            broken.reason,
        )
