"""Authors and tags: who an article is by, what it is about, and their listings.

An author or tag comes into being with the first public article. It keeps its slug when
its name is written in another way, and an author also under a new name with the same
page.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy import Row, delete, exists, insert, select, update

from publisher.model.feed import FeedKind
from publisher.model.slug import slug_of, spelling
from publisher.store.engine import Transaction
from publisher.store.schema.articles import revision
from publisher.store.schema.subjects import subject, subject_listing, subject_name

__all__ = [
    "Subject",
    "find_subject",
    "list_by_subjects",
    "settle_subjects",
    "subjects_of",
]

_LONGEST_NAME = 500
_AT_ONCE = 20
_PAGE, _NAME = "page:", "name:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An author or a tag; `name` is the last one that was printed."""

    id: int
    kind: FeedKind
    slug: str
    name: str

    @property
    def feed_name(self) -> str:
        """The beginning of the keys of its feeds: `author:satpaeva`."""
        return f"{self.kind.value}:{self.slug}"


def find_subject(tx: Transaction, kind: FeedKind, slug: str) -> Subject | None:
    """Return an author or tag of which there is a public article, or None."""
    row = tx.execute(
        select(subject).where(
            subject.c.kind == kind.value,
            subject.c.slug == slug,
            exists().where(subject_listing.c.subject_id == subject.c.id),
        )
    ).first()
    return _subject(row) if row is not None else None


def subjects_of(
    tx: Transaction, article_ids: Collection[int]
) -> dict[int, list[Subject]]:
    """Return the authors and tags that list some articles, by article."""
    found: dict[int, list[Subject]] = {}
    rows = tx.execute(
        select(subject, subject_listing.c.article_id)
        .join(subject_listing, subject_listing.c.subject_id == subject.c.id)
        .where(subject_listing.c.article_id.in_(article_ids))
    )
    for row in rows:
        found.setdefault(row.article_id, []).append(_subject(row))
    return found


def settle_subjects(
    tx: Transaction, row: Row[Any]
) -> tuple[list[Subject], list[Subject]]:
    """Return the authors and tags of a public article, given its row.

    And those whose name has changed with it: their feeds say so.
    """
    if row.state != "public":
        return [], []
    said = tx.execute(
        select(revision.c.bylines, revision.c.tags).where(
            revision.c.article_id == row.id, revision.c.number == row.revision
        )
    ).one()
    ids = [
        *(
            _settle(tx, FeedKind.AUTHOR, byline["name"], byline["url"] or "")
            for byline in said.bylines
        ),
        *(_settle(tx, FeedKind.TAG, tag, "") for tag in said.tags),
    ]
    found = dict.fromkeys(i for i, _ in ids if i)
    if not found:
        return [], []
    rows = tx.execute(select(subject).where(subject.c.id.in_(list(found))))
    known = {one.id: _subject(one) for one in rows}
    return [known[i] for i in found], [known[i] for i, is_new in ids if is_new]


def list_by_subjects(
    tx: Transaction, row: Row[Any], subjects: Collection[Subject]
) -> None:
    """Make the listings of an article by authors and tags those that are wanted."""
    wanted = {one.id for one in subjects}
    values = {
        "language": row.language,
        "published_at": row.published_at,
        "shown_at": row.shown_at,
    }
    own = subject_listing.c.article_id == row.id
    present = {
        found.subject_id: found
        for found in tx.execute(select(subject_listing).where(own))
    }
    gone = present.keys() - wanted
    if gone:
        tx.execute(
            delete(subject_listing).where(own, subject_listing.c.subject_id.in_(gone))
        )
    kept = [present[i] for i in present if i in wanted]
    if any(getattr(one, name) != values[name] for one in kept for name in values):
        tx.execute(update(subject_listing).where(own).values(**values))
    new = sorted(wanted - present.keys())
    if new:
        tx.execute(
            insert(subject_listing),
            [{"subject_id": i, "article_id": row.id, **values} for i in new],
        )


def _settle(tx: Transaction, kind: FeedKind, name: str, page: str) -> tuple[int, bool]:
    """Return the number of an author or tag, and whether it has another name now.

    0 for a name of nothing. A page tells authors of one name apart, and holds the names
    of one author together.
    """
    name = " ".join(name.split())[:_LONGEST_NAME]
    if not name:
        return 0, False
    by_name = _NAME + spelling(name)[:_LONGEST_NAME]
    by_page = _PAGE + page[:_LONGEST_NAME] if page else ""
    known = {
        row.spelling: row.subject_id
        for row in tx.execute(
            select(subject_name).where(
                subject_name.c.kind == kind.value,
                subject_name.c.spelling.in_([s for s in (by_name, by_page) if s]),
            )
        )
    }
    found = known.get(by_page) or known.get(by_name)
    if found is not None and by_page and by_page not in known and _has_page(tx, found):
        found = None  # Another person of the same name.
    if found is None:
        found = _create(tx, kind, name)
    spellings = [by_name] if by_name not in known else []
    if by_page and by_page not in known:
        spellings.append(by_page)
    _remember(tx, kind, spellings, found)
    return found, _rename(tx, found, name)


def _has_page(tx: Transaction, subject_id: int) -> bool:
    names = tx.execute(
        select(subject_name.c.spelling).where(subject_name.c.subject_id == subject_id)
    ).scalars()
    return any(known.startswith(_PAGE) for known in names)


def _remember(
    tx: Transaction, kind: FeedKind, spellings: Iterable[str], subject_id: int
) -> None:
    rows = [
        {"kind": kind.value, "spelling": known, "subject_id": subject_id}
        for known in spellings
    ]
    if rows:
        tx.execute(insert(subject_name), rows)


def _rename(tx: Transaction, subject_id: int, name: str) -> bool:
    """Let the last name printed be its name; tell whether it is another one.

    Differences of case alone do not make another name.
    """
    own = subject.c.id == subject_id
    old = tx.execute(select(subject.c.name).where(own)).scalar_one()
    if spelling(old) == spelling(name):
        return False
    tx.execute(update(subject).where(own).values(name=name))
    return True


def _create(tx: Transaction, kind: FeedKind, name: str) -> int:
    statement = (
        insert(subject)
        .values(kind=kind.value, slug=_free_slug(tx, kind, slug_of(name)), name=name)
        .returning(subject.c.id)
    )
    return int(tx.execute(statement).scalar_one())


def _free_slug(tx: Transaction, kind: FeedKind, slug: str) -> str:
    """Return the slug, or with the first number that nobody has."""
    for first in count(1, _AT_ONCE):
        numbers = range(first, first + _AT_ONCE)
        wanted = [slug if number == 1 else f"{slug}-{number}" for number in numbers]
        taken = set(
            tx.execute(
                select(subject.c.slug).where(
                    subject.c.kind == kind.value, subject.c.slug.in_(wanted)
                )
            ).scalars()
        )
        free = [one for one in wanted if one not in taken]
        if free:
            return free[0]
    raise AssertionError  # Numbers do not end.


def _subject(row: Row[Any]) -> Subject:
    return Subject(id=row.id, kind=FeedKind(row.kind), slug=row.slug, name=row.name)
