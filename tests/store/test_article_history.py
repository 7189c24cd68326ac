"""Whatever happens to articles, in any order, what the laws promise stays true.

A machine edits, files, tags, embargoes, withdraws and brings back three articles that
point at each other, and looks after every step at all of them and at all feeds
(laws 1, 3, 4, 6 and 8).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Row

from publisher.clock import SteppedClock
from publisher.model.article import Article, IncomingArticle
from publisher.model.rubric import RubricTree
from publisher.store import Store
from publisher.store.articles import Kept
from publisher.store.publication import LISTINGS
from publisher.store.reading import load_articles
from publisher.store.schema.articles import article, listing, revision
from publisher.store.schema.feeds import feed
from publisher.store.upsert import last_number
from tests.builders import MORNING, a_picture, an_article
from tests.effort import effort
from tests.store.databases import empty
from tests.store.newsroom import Newsroom

HOUR = timedelta(hours=1)
NAMES = ("most", "kopir", "arhiv")
RUBRICS = ("novosti", "politika", "vektor", "sport", "futbol")
EDITS = (
    st.fixed_dictionaries({"title": st.sampled_from(["Мост", "Мост открыт"])}),
    st.fixed_dictionaries({"lead": st.sampled_from(["", "Коротко."])}),
    st.fixed_dictionaries({"body_html": st.sampled_from(["<p>1</p>", "<p>2</p>"])}),
    st.fixed_dictionaries({"tags": st.sampled_from([(), ("мост",)])}),
    st.fixed_dictionaries({"picture": st.sampled_from([None, a_picture()])}),
    st.fixed_dictionaries(
        {
            "comments_url": st.sampled_from(
                [None, "https://gazeta.example/c", "https://gazeta.example/d"]
            )
        }
    ),
    st.fixed_dictionaries({"language": st.sampled_from(["ru", "kk"])}),
    st.fixed_dictionaries({"is_withdrawn": st.booleans()}),
    st.fixed_dictionaries({"related": st.sampled_from([(), NAMES])}),
    st.fixed_dictionaries({"translation_of": st.sampled_from([None, "most", "x"])}),
    st.fixed_dictionaries(
        {"rubrics": st.lists(st.sampled_from(RUBRICS), unique=True).map(tuple)}
    ),
    st.fixed_dictionaries(
        {"published_at": st.integers(-3, 5).map(lambda h: MORNING + h * HOUR)}
    ),
    st.fixed_dictionaries(
        {"modified_at": st.integers(-5, 5).map(lambda h: MORNING + h * HOUR)}
    ),
)
TEXT = ("title", "lead", "body_html")
REVISED = (*TEXT, "bylines", "picture", "tags", "rights")


@dataclass(frozen=True)
class Picture:
    """All that can be seen of the newspaper at one moment."""

    rows: Mapping[str, Row[Any]]
    shown: Mapping[str, Article]
    listings: Mapping[str, Mapping[str, Row[Any]]]
    last_number: int
    touched_at: Mapping[str, datetime]

    def feeds(self, newsroom: Newsroom) -> dict[str, set[Article]]:
        """Return what each feed shows: every public article below its rubric."""
        contents: dict[str, set[Article]] = {}
        for name, seen in self.shown.items():
            rubrics = self.listings[name]
            for key in newsroom.showing(rubrics, seen.language):
                plain = replace(seen, revision=0, entry_version=0)
                contents.setdefault(key, set()).add(plain)
        return contents


def take_picture(newsroom: Newsroom) -> Picture:
    rows = {row.source_key: row for row in newsroom.rows(article)}
    names = {row.id: name for name, row in rows.items()}
    keys = {rubric.id: rubric.key for rubric in newsroom.tree}
    listings: dict[str, dict[str, Row[Any]]] = {name: {} for name in rows}
    for row in newsroom.rows(listing):
        listings[names[row.article_id]][keys[row.rubric_id]] = row
    loaded = newsroom.store.query(load_articles, list(names), newsroom.tree)
    public = {names[i]: a for i, a in loaded.items() if rows[names[i]].state}
    return Picture(
        rows=rows,
        shown={n: a for n, a in public.items() if rows[n].state == "public"},
        listings=listings,
        last_number=newsroom.store.query(last_number, LISTINGS),
        touched_at={row.key: row.touched_at for row in newsroom.rows(feed)},
    )


class NewspaperHistory(RuleBasedStateMachine):
    """Does something to an article, then looks at everything."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        empty(store)
        self.newsroom = Newsroom(store, SteppedClock(MORNING))
        self.drafts = {
            "most": an_article("most", rubrics=("sport",)),
            "kopir": an_article("kopir", language="kk", translation_of="most"),
            "arhiv": an_article("arhiv", related=("most", "kopir")),
        }
        self.saved: dict[str, IncomingArticle] = {}
        self.embargoes: dict[str, datetime] = {}

    # ------------------------------------------------------------------ what happens

    @initialize(names=st.lists(st.sampled_from(NAMES), unique=True))
    def some_are_there_already(self, names: list[str]) -> None:
        for name in names:
            self.save(name)

    @rule(minutes=st.sampled_from([1, 45, 600]))
    def time_passes(self, minutes: int) -> None:
        self.newsroom.wait(minutes=minutes)

    @rule(name=st.sampled_from(NAMES), edits=st.lists(st.one_of(*EDITS), max_size=3))
    def an_article_is_saved(self, name: str, edits: list[dict[str, Any]]) -> None:
        for edit in edits:
            self.drafts[name] = replace(self.drafts[name], **edit)
        self.save(name)

    @rule(name=st.sampled_from(NAMES), hours=st.one_of(st.none(), st.integers(-2, 12)))
    def an_embargo_is_set_or_lifted(self, name: str, hours: int | None) -> None:
        until = None if hours is None else MORNING + timedelta(hours=hours)
        self.drafts[name] = replace(self.drafts[name], embargo_until=until)
        self.save(name)

    @rule(key=st.sampled_from(["sport", "politika"]), is_closed=st.booleans())
    def a_rubric_is_closed_or_opened(self, key: str, *, is_closed: bool) -> None:
        before = take_picture(self.newsroom)
        self.newsroom.forget_work()

        self.newsroom.plant(
            RubricTree(
                tuple(
                    replace(
                        one, is_closed=is_closed if one.key == key else one.is_closed
                    )
                    for one in self.newsroom.tree
                )
            )
        )

        self.check(before, take_picture(self.newsroom))

    @precondition(lambda self: self.saved)
    @rule()
    def embargoed_articles_are_released(self) -> None:
        before = take_picture(self.newsroom)
        self.newsroom.forget_work()

        released = self.newsroom.release()

        after = take_picture(self.newsroom)
        now = self.newsroom.clock.now()
        waiting = [row for row in after.rows.values() if row.state == "embargoed"]
        assert all(row.visible_at > now for row in waiting)
        assert len(after.shown) == len(before.shown) + released
        self.check(before, after)

    def save(self, name: str) -> None:
        before = take_picture(self.newsroom)
        self.newsroom.forget_work()
        incoming = self.drafts[name]

        kept = self.newsroom.keeps(incoming)

        after = take_picture(self.newsroom)
        expected = Kept.CHANGED if name in self.saved else Kept.NEW
        if self.saved.get(name) == incoming:
            expected = Kept.SAME
        assert kept is expected
        if kept is Kept.SAME:
            assert after == before
            assert self.newsroom.marked() == set()
        self.check(before, after)
        self.check_edit(name, before, after)
        self.saved[name] = incoming

    # --------------------------------------------------------------- what stays true

    def check(self, before: Picture, after: Picture) -> None:
        now = self.newsroom.clock.now()
        closed = {rubric.key for rubric in self.newsroom.tree if rubric.is_closed}
        for name, row in after.rows.items():
            is_public = row.state == "public"
            assert (name in after.shown) == is_public
            filed = set(self.drafts[name].rubrics) if is_public else set()
            # A closed rubric keeps what it listed until that changes.
            assert filed - closed <= after.listings[name].keys() <= filed
            if is_public:
                assert row.published_at <= row.updated_at <= now
                assert row.first_listed_no is not None
            if name in before.rows:
                self.check_row(before.rows[name], row)
        self.check_numbers(before, after)
        self.check_feeds(before, after)

    def check_row(self, old: Row[Any], new: Row[Any]) -> None:
        assert (old.id, old.uid, old.taken_in_at) == (new.id, new.uid, new.taken_in_at)
        assert old.entry_version <= new.entry_version
        if old.first_listed_no is not None:
            assert old.published_at == new.published_at
            assert old.first_listed_no == new.first_listed_no
            assert old.updated_at <= new.updated_at

    def check_numbers(self, before: Picture, after: Picture) -> None:
        for name, listings in after.listings.items():
            row = after.rows[name]
            for key, listed in listings.items():
                old = before.listings.get(name, {}).get(key)
                assert listed.language == row.language
                assert listed.published_at == row.published_at
                if old is not None and old.listed_no == listed.listed_no:
                    assert old.is_repeat == listed.is_repeat
                else:
                    was_listed = (
                        name in before.rows
                        and before.rows[name].first_listed_no is not None
                    )
                    assert listed.listed_no > before.last_number
                    assert listed.is_repeat == was_listed
        assert after.last_number >= before.last_number

    def check_feeds(self, before: Picture, after: Picture) -> None:
        old, new = before.feeds(self.newsroom), after.feeds(self.newsroom)
        keys = old.keys() | new.keys()
        different = {key for key in keys if old.get(key) != new.get(key)}
        assert different <= self.newsroom.marked()
        for key in keys:
            gone = {a.uid for a in old.get(key, ())} - {a.uid for a in new.get(key, ())}
            if gone:
                assert after.touched_at[key] == self.newsroom.clock.now()
        for key, moment in after.touched_at.items():
            assert moment in {before.touched_at[key], self.newsroom.clock.now()}

    def check_edit(self, name: str, before: Picture, after: Picture) -> None:
        if name not in before.rows:
            return
        old, new = before.rows[name], after.rows[name]
        was, says = self.saved[name], self.drafts[name]
        is_significant = any(getattr(was, f) != getattr(says, f) for f in TEXT)
        is_revised = any(getattr(was, f) != getattr(says, f) for f in REVISED)
        has_come_back = (old.state, new.state) in {
            ("withdrawn", "public"),
            ("embargoed", "public"),
        }
        if has_come_back and old.first_listed_no is not None:
            assert new.updated_at == self.newsroom.clock.now()
        elif not is_significant and old.first_listed_no is not None:
            assert old.updated_at == new.updated_at
        assert new.revision == old.revision + is_revised
        numbers = self.newsroom.rows(revision, revision.c.article_id == new.id)
        assert [row.number for row in numbers] == list(range(1, new.revision + 1))
        others = set(after.rows) - {name}
        for other in others:
            assert before.rows[other].updated_at == after.rows[other].updated_at
            assert before.rows[other].revision == after.rows[other].revision


def play(store: Store, examples: int) -> None:
    class History(NewspaperHistory):
        def __init__(self) -> None:
            super().__init__(store)

    run_state_machine_as_test(History, settings=effort(examples, steps=15))


def test_every_history_of_articles_keeps_the_laws(store: Store) -> None:
    play(store, 8 if store.is_sqlite else 5)


@pytest.mark.slow
def test_many_histories_of_articles_keep_the_laws(store: Store) -> None:
    play(store, 200)
