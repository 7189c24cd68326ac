"""What a source shows is taken in once, cleaned; what is bad is set aside and kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from publisher.clock import SteppedClock
from publisher.model.article import Article, IncomingArticle
from publisher.model.rubric import RubricTree
from publisher.sources.intake import Intake
from publisher.sources.source import FileGone, FileReading, Refusal
from publisher.store import Store
from publisher.store.feeds import count_work, sync_feeds
from publisher.store.listings import newest_of_site
from publisher.store.reading import load_articles
from publisher.store.rubrics import sync_tree
from publisher.store.sources import (
    list_missing,
    list_set_aside,
    retry_set_aside,
)
from tests.builders import MORNING, a_tree, an_article
from tests.sources.watched import WatchedFolder


@dataclass
class PreparedSource:
    """Shows what it was given, once per scan."""

    name: str = "desk"
    shown: list[FileReading | FileGone] = field(default_factory=list)

    def scan(self, known: Mapping[str, str]) -> Iterator[FileReading | FileGone]:
        """Show everything prepared."""
        del known
        yield from self.shown


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(MORNING)


@pytest.fixture
def source() -> PreparedSource:
    return PreparedSource()


@pytest.fixture
def tree(sqlite_store: Store, clock: SteppedClock) -> RubricTree:
    tree, changed = sqlite_store.transact(sync_tree, a_tree(), clock.now())
    sqlite_store.transact(sync_feeds, tree, ("ru", "kk"), changed, clock.now())
    return tree


@pytest.fixture
def intake(
    sqlite_store: Store, clock: SteppedClock, source: PreparedSource, tree: RubricTree
) -> Intake:
    return Intake(
        source=source,
        store=sqlite_store,
        clock=clock,
        tree=tree,
        languages=("ru", "kk"),
        authority="gazeta.example",
        since=date(2026, 1, 1),
    )


def a_file(
    *articles: IncomingArticle,
    refusals: Sequence[Refusal] = (),
    path: str = "a.jsonl",
    is_last: bool = True,
) -> FileReading:
    return FileReading(
        path=path,
        fingerprint="1" if is_last else "",
        articles=tuple(articles),
        refusals=tuple(refusals),
        is_last=is_last,
    )


def taken(intake: Intake) -> list[Article]:
    """Return the public articles, newest first."""
    store = intake.store
    ids = [key for _, key in store.query(newest_of_site, "", 100)]
    return list(store.query(load_articles, ids, intake.tree).values())


def test_an_article_is_cleaned_on_its_way_in(
    intake: Intake, source: PreparedSource
) -> None:
    body = '<p onclick="x()">Текст <a href="/about">о нас</a></p><script>x()</script>'
    source.shown = [a_file(an_article(title="Мост &amp; река", body_html=body))]

    intake.look()

    (article,) = taken(intake)
    assert article.title == "Мост & река"
    assert "onclick" not in article.body_html
    assert "script" not in article.body_html
    assert 'href="https://gazeta.example/about"' in article.body_html
    assert article.uid.startswith("tag:gazeta.example,2026-01-01:article:")


def test_an_imported_article_keeps_the_id_it_had(
    intake: Intake, source: PreparedSource
) -> None:
    source.shown = [a_file(an_article(guid="https://gazeta.example/?p=17"))]

    intake.look()

    assert taken(intake)[0].uid == "https://gazeta.example/?p=17"


def test_looking_twice_changes_nothing(
    intake: Intake, source: PreparedSource, sqlite_store: Store
) -> None:
    source.shown = [a_file(an_article())]
    intake.look()
    before = sqlite_store.query(count_work)

    report = intake.look()

    assert (report.new, report.changed, report.same) == (0, 0, 1)
    assert sqlite_store.query(count_work) == before


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"rubrics": ("obshestvo",)}, 'did you mean "obshchestvo"?'),
        ({"language": "en"}, 'language "en" is not one of site.languages (ru, kk)'),
        ({"title": "<b> </b>"}, "there is no title"),
    ],
)
def test_a_bad_article_is_set_aside_and_the_others_go_in(
    intake: Intake,
    source: PreparedSource,
    sqlite_store: Store,
    wrong: dict[str, object],
    reason: str,
) -> None:
    bad = replace(an_article("bad"), **wrong)  # type: ignore[arg-type]
    source.shown = [a_file(bad, an_article("good"))]

    report = intake.look()

    assert (report.new, report.set_aside) == (1, 1)
    (aside,) = sqlite_store.query(list_set_aside, 10)
    assert reason in aside.reason
    assert aside.place == "a.jsonl: bad"
    assert aside.raw


def test_a_mended_article_leaves_the_ones_set_aside(
    intake: Intake, source: PreparedSource, sqlite_store: Store
) -> None:
    source.shown = [a_file(an_article(language="en"))]
    intake.look()
    source.shown = [a_file(an_article())]

    intake.look()

    assert sqlite_store.query(list_set_aside, 10) == []
    assert len(taken(intake)) == 1


def test_what_the_source_refused_is_kept_too(
    intake: Intake, source: PreparedSource, sqlite_store: Store
) -> None:
    refusal = Refusal(where="a.jsonl:3", reason="is not JSON", raw="{")
    source.shown = [a_file(an_article(), refusals=[refusal])]

    intake.look()

    (aside,) = sqlite_store.query(list_set_aside, 10)
    assert (aside.place, aside.reason, aside.raw) == ("a.jsonl:3", "is not JSON", "{")


def test_an_article_that_is_gone_is_reported_and_stays_public(
    intake: Intake, source: PreparedSource, sqlite_store: Store
) -> None:
    source.shown = [a_file(an_article("one"), an_article("two"))]
    intake.look()
    source.shown = [a_file(an_article("one"))]

    assert intake.look().missing == 1
    assert [row.source_key for row in sqlite_store.query(list_missing, 10)] == ["two"]
    assert len(taken(intake)) == 2

    source.shown = [FileGone(path="a.jsonl")]
    assert intake.look().missing == 1

    source.shown = [a_file(an_article("one"), an_article("two"))]
    intake.look()
    assert sqlite_store.query(list_missing, 10) == []


def test_the_parts_of_a_huge_file_are_settled_together(
    intake: Intake, source: PreparedSource, sqlite_store: Store
) -> None:
    refusal = Refusal(where="a.jsonl:1", reason="is not JSON", raw="{")
    source.shown = [
        a_file(an_article("one"), refusals=[refusal], is_last=False),
        a_file(an_article("two"), is_last=True),
    ]

    for _ in range(2):
        intake.look()

        assert sqlite_store.query(list_missing, 10) == []
        assert len(sqlite_store.query(list_set_aside, 10)) == 1


def test_the_dates_of_a_demonstration_end_today_and_later_ones_are_kept(
    intake: Intake, source: PreparedSource, clock: SteppedClock
) -> None:
    demo = replace(intake, has_demo_dates=True)
    old = MORNING - timedelta(days=400)
    older = old - timedelta(hours=5)
    source.shown = [
        a_file(
            an_article("old", published_at=old),
            an_article("older", published_at=older),
        )
    ]
    demo.look()
    clock.move(timedelta(hours=1))
    dropped = clock.now() - timedelta(minutes=1)
    source.shown = [a_file(an_article("new", published_at=dropped), path="b.md")]
    demo.look()

    dates = [article.published_at for article in taken(demo)]
    assert dates[0] == dropped
    assert MORNING - timedelta(minutes=10) < dates[1] < MORNING
    assert dates[1] - dates[2] == timedelta(hours=5)


@pytest.mark.parametrize("field", ["source_id", "guid", "url", "comments_url"])
@pytest.mark.parametrize("value", ["x" * 2500, "a\0b"])
def test_what_the_store_has_no_room_for_is_set_aside(
    intake: Intake,
    source: PreparedSource,
    sqlite_store: Store,
    field: str,
    value: str,
) -> None:
    bad = replace(an_article("bad"), **{field: value})  # type: ignore[arg-type]
    source.shown = [a_file(bad, an_article("good"))]

    report = intake.look()

    assert (report.new, report.set_aside) == (1, 1)
    (aside,) = sqlite_store.query(list_set_aside, 10)
    assert "is longer than" in aside.reason


def test_a_guid_that_another_article_has_is_set_aside(
    intake: Intake, source: PreparedSource, sqlite_store: Store
) -> None:
    guid = "https://gazeta.example/?p=17"
    source.shown = [
        a_file(an_article("one", guid=guid), path="1.md"),
        a_file(an_article("two", guid=guid), path="2.md"),
        a_file(an_article("three"), path="3.md"),
    ]

    report = intake.look()

    assert (report.new, report.set_aside) == (2, 1)
    (aside,) = sqlite_store.query(list_set_aside, 10)
    assert guid in aside.reason


def test_a_file_that_went_while_the_service_was_stopped_is_told_gone(
    intake: Intake, tmp_path: Path
) -> None:
    watched = WatchedFolder(tmp_path)
    file = watched.write(
        "a.jsonl",
        '{"id": "most", "title": "Мост", "published": "2026-03-02", "body_html": "Да."}'
        "\nnonsense\n",
    )
    intake = replace(intake, source=watched.source)
    assert intake.look().set_aside == 1
    intake.store.transact(retry_set_aside)
    file.unlink()

    intake.look()

    assert [one.source_key for one in intake.store.query(list_missing, 9)] == ["most"]
    assert intake.store.query(list_set_aside, 9) == []


def test_what_a_broken_off_file_refused_is_not_told_of_the_next(
    intake: Intake, source: PreparedSource
) -> None:
    bad = Refusal("a.jsonl:1", "no title", "raw")
    source.shown = [
        a_file(refusals=[bad], is_last=False),  # Written on while it was read.
        a_file(an_article("b"), path="b.jsonl"),
    ]
    intake.look()
    source.shown = [a_file(refusals=[bad])]

    intake.look()

    places = [one.place for one in intake.store.query(list_set_aside, 9)]
    assert places == ["a.jsonl:1"]


def test_an_article_on_which_we_fail_is_set_aside_alone(
    intake: Intake, source: PreparedSource, caplog: pytest.LogCaptureFixture
) -> None:
    odd = replace(an_article("odd"), rubrics=None)  # type: ignore[arg-type]
    source.shown = [a_file(an_article("a"), odd, an_article("b"))]

    report = intake.look()

    assert (report.new, report.set_aside) == (2, 1)
    [aside] = intake.store.query(list_set_aside, 10)
    assert aside.place == "a.jsonl: odd"
    assert "the service failed on it (TypeError)" in aside.reason
    assert "article.broken place=a.jsonl: odd" in caplog.text
