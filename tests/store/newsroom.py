"""A newsroom at work on a store: the verbs that tests of the store speak in."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, func, select

from publisher.clock import SteppedClock
from publisher.model.article import Article, IncomingArticle
from publisher.model.feed import Feed, FeedFormat, feeds_showing
from publisher.model.rubric import RubricTree
from publisher.store import Store, Transaction, articles, documents, feeds, readers
from publisher.store import rubrics as tree_of_store
from publisher.store.articles import Kept, TakenIn
from publisher.store.documents import Document
from publisher.store.feeds import FeedJob
from publisher.store.readers import Choice
from publisher.store.reading import load_articles
from publisher.store.schema import metadata
from publisher.store.schema.articles import article, listing
from publisher.store.schema.feeds import document, feed, feed_work
from publisher.store.sources import SourceRow, open_source
from publisher.store.timetables import TimetableRow, find_timetable
from tests.builders import a_choice, a_consent, a_tree, an_arrival, an_article

__all__ = ["Newsroom", "a_document"]

LANGUAGES = ("ru", "kk")


class Newsroom:
    """An open store with a tree, its feeds and one source; no feed waits for work."""

    def __init__(
        self, store: Store, clock: SteppedClock, tree: RubricTree | None = None
    ) -> None:
        self.store = store
        self.clock = clock
        self.changed: set[str] = set()
        self.tree = self.plant(tree or a_tree())
        self.source: SourceRow = store.transact(open_source, "gazeta")
        self.forget_work()

    # -------------------------------------------------------------- rubrics, articles

    def plant(self, wanted: RubricTree) -> RubricTree:
        """Make the store's rubrics those of a configuration, with their feeds."""

        def work(tx: Transaction) -> tuple[RubricTree, set[str]]:
            tree, changed = tree_of_store.sync_tree(tx, wanted, self.clock.now())
            feeds.sync_feeds(tx, tree, LANGUAGES, changed, self.clock.now())
            return tree, changed

        self.tree, self.changed = self.store.transact(work)
        return self.tree

    def take(self, incoming: IncomingArticle | None = None, path: str = "a.md") -> int:
        """Take an article in and return its number."""
        return self.take_in(incoming, path=path).id

    def take_in(
        self,
        incoming: IncomingArticle | None = None,
        *,
        path: str = "a.md",
        notes: tuple[str, ...] = (),
    ) -> TakenIn:
        """Take an article in and return what became of it."""
        arrival = an_arrival(
            incoming or an_article(), source_id=self.source.id, path=path, notes=notes
        )
        now = self.clock.now()
        return self.store.transact(articles.take_in, arrival, self.tree, now)

    def keeps(self, incoming: IncomingArticle) -> Kept:
        """Take an article in and tell whether it was new, changed or the same."""
        return self.take_in(incoming).kept

    def release(self, limit: int = 100) -> int:
        """Make embargoed articles public whose time has come."""
        now = self.clock.now()
        return self.store.transact(articles.release_due, self.tree, now, limit)

    def load(self, number: int) -> Article:
        """Return an article with everything that feeds and digests show of it."""
        return self.store.query(load_articles, [number], self.tree)[number]

    def row(self, number: int) -> Row[Any]:
        """Return an article's own row."""
        return self.one(article, article.c.id == number)

    def listed_under(self, number: int) -> set[str]:
        """Return the keys of the rubrics that list an article."""
        keys = {rubric.id: rubric.key for rubric in self.tree}
        rows = self.rows(listing, listing.c.article_id == number)
        return {keys[row.rubric_id] for row in rows}

    # -------------------------------------------------------------------------- feeds

    def marked(self) -> set[str]:
        """Return the keys of the feeds that wait to be rebuilt."""
        statement = select(feed.c.key).join(feed_work, feed_work.c.feed_id == feed.c.id)

        def work(tx: Transaction) -> set[str]:
            return set(tx.execute(statement).scalars())

        return self.store.query(work)

    def showing(self, rubrics: Iterable[str], language: str) -> set[str]:
        """Return the keys of the feeds that show an article filed so."""
        present = {row.key for row in self.rows(feed)}
        return feeds_showing(self.tree, rubrics, language) & present

    def forget_work(self) -> None:
        """Let no feed wait, as if all had been rebuilt."""

        def work(tx: Transaction) -> None:
            tx.execute(feed_work.delete())

        self.store.transact(work)

    def feed_id(self, key: str) -> int:
        """Return the number of a feed."""
        return int(self.one(feed, feed.c.key == key).id)

    def touched_at(self, key: str) -> datetime:
        """Return when something last left a feed."""
        moment: datetime = self.one(feed, feed.c.key == key).touched_at
        return moment

    def job(self, key: str) -> FeedJob:
        """Read what is needed to rebuild a feed."""
        return self.store.query(feeds.next_job, self.feed_id(key))

    def publish(self, job: FeedJob, *built: Document) -> list[Document] | None:
        """Put documents up."""
        now = self.clock.now()
        return self.store.transact(documents.publish, job, built, now)

    def served(self, of: Feed) -> dict[str, str]:
        """Return the validator of each document of a feed, by format."""
        rows = self.rows(document, document.c.feed_id == of.id)
        return {row.format: row.etag for row in rows}

    # ------------------------------------------------------------------------ readers

    def join(self, email: str, choice: Choice | None = None, *, cursor: int = 0) -> int:
        """Subscribe a reader and return the number of the subscription."""
        chosen = choice or a_choice()
        given = a_consent(at=self.clock.now())

        def work(tx: Transaction) -> int:
            subscriber_id = readers.keep_subscriber(
                tx, email, email.casefold(), "ru", chosen.timetable.zone, given.at
            )
            return readers.subscribe(tx, subscriber_id, chosen, given, cursor=cursor)

        return self.store.transact(work)

    def leave(self, subscription_id: int) -> bool:
        """End a subscription."""
        said = a_consent("withdrawn", at=self.clock.now())
        return self.store.transact(readers.leave, subscription_id, said)

    def timetable(self, number: int = 1) -> TimetableRow:
        """Return a timetable with what is due next."""
        return self.store.query(find_timetable, number)

    # ------------------------------------------------------------------- looking into

    def rows(
        self, table: Table, *conditions: ColumnElement[bool]
    ) -> Sequence[Row[Any]]:
        """Return rows of a table in the order of their keys."""
        order = list(table.primary_key.columns)

        def work(tx: Transaction) -> Sequence[Row[Any]]:
            return tx.execute(select(table).where(*conditions).order_by(*order)).all()

        return self.store.query(work)

    def one(self, table: Table, *conditions: ColumnElement[bool]) -> Row[Any]:
        """Return the only such row."""
        (row,) = self.rows(table, *conditions)
        return row

    def everything(self) -> dict[str, Sequence[Row[Any]]]:
        """Return every row of the store, to be compared with what it becomes."""
        return {name: self.rows(table) for name, table in metadata.tables.items()}

    def count(self, table: Table) -> int:
        """Return how many rows a table has."""

        def work(tx: Transaction) -> int:
            return int(tx.execute(select(func.count()).select_from(table)).scalar_one())

        return self.store.query(work)

    def wait(self, **span: float) -> datetime:
        """Let time pass."""
        return self.clock.move(timedelta(**span))


def a_document(
    feed_id: int,
    etag: str = '"1"',
    *,
    fmt: FeedFormat = FeedFormat.ATOM,
    last_modified: datetime,
    path: str = "latest.atom",
) -> Document:
    """Return the bytes of a feed, told apart by their validator."""
    return Document(
        feed_id=feed_id,
        format=fmt,
        path=path,
        etag=etag,
        last_modified=last_modified,
        body=f"<feed>{etag}</feed>".encode(),
        gzip_body=b"\x1f\x8b" + etag.encode(),
    )
