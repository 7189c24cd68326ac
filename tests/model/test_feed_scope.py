"""What belongs into a feed follows from its articles alone, never from the clock."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from publisher.model.feed import (
    FORMATS,
    Feed,
    FeedFormat,
    feeds_showing,
    latest_moment,
)
from publisher.model.window import Window
from tests.builders import MORNING, a_tree
from tests.effort import effort

HOUR = timedelta(hours=1)
TREE = a_tree()
KEYS = [rubric.key for rubric in TREE]
NEWEST_FIRST = st.lists(st.integers(0, 500), max_size=60).map(
    lambda hours: sorted((MORNING - h * HOUR for h in hours), reverse=True)
)
WINDOWS = st.builds(
    Window,
    items=st.integers(1, 40),
    span=st.integers(0, 100).map(lambda hours: hours * HOUR),
    limit=st.integers(1, 50),
)


@effort(200)
@given(window=WINDOWS, published=NEWEST_FIRST)
def test_a_window_holds_enough_articles_and_enough_time_but_never_too_many(
    window: Window, published: list[datetime]
) -> None:
    count = window.count(published)

    assert count <= min(window.limit, len(published))
    if count < min(window.limit, len(published)):
        assert count >= window.items
        assert published[count] < published[0] - window.span


@effort(100)
@given(window=WINDOWS, published=NEWEST_FIRST, shift=st.integers(-9999, 9999))
def test_a_window_does_not_move_with_the_clock(
    window: Window, published: list[datetime], shift: int
) -> None:
    moved = [moment + shift * HOUR for moment in published]

    assert window.count(moved) == window.count(published)


def test_a_quiet_rubric_keeps_its_old_articles() -> None:
    yearly = [MORNING - 8760 * HOUR * year for year in range(60)]

    assert Window().count(yearly) == 50


def test_a_busy_day_is_held_as_a_whole_up_to_the_limit() -> None:
    def busy(articles: int) -> int:
        return Window().count(
            [MORNING - number * HOUR / 60 for number in range(articles)]
        )

    assert [busy(articles) for articles in (0, 30, 120, 900)] == [0, 30, 120, 200]


def test_a_feed_is_as_new_as_its_newest_article_or_the_last_removal() -> None:
    updates = [MORNING - 2 * HOUR, MORNING - 3 * HOUR]

    assert latest_moment(updates, MORNING - 5 * HOUR) == MORNING - 2 * HOUR
    assert latest_moment(updates, MORNING) == MORNING
    assert latest_moment([], MORNING) == MORNING


def test_an_article_shows_in_its_rubrics_everything_above_and_the_whole_site() -> None:
    in_full = {
        *("", ".kk"),
        *("novosti", "novosti.kk"),
        *("politika", "politika.kk"),
        *("sport", "sport.kk"),
        *("only:politika", "only:politika.kk"),
        *("only:sport", "only:sport.kk"),
    }

    assert feeds_showing(TREE, ["politika", "sport"], "kk") == {
        *in_full,
        *(f"{key}~short" for key in in_full),
    }


@effort(50)
@given(keys=st.lists(st.sampled_from(KEYS), unique=True))
def test_a_feed_shows_an_article_exactly_when_it_is_filed_below_it(
    keys: list[str],
) -> None:
    showing = feeds_showing(TREE, keys, "ru")

    for rubric in TREE:
        below = {found.key for found in TREE.subtree(rubric.key)}
        assert (rubric.key in showing) == bool(below & set(keys))
    assert {"", ".ru"} <= showing
    assert not {f"{key}.kk" for key in KEYS} & showing


def test_a_feed_has_a_name_that_survives_moves_and_an_address_that_does_not() -> None:
    site = Feed(id=1, rubric_key="", language="")
    russian = Feed(id=2, rubric_key="politika", language="ru")

    assert (site.key, site.path("")) == ("", "latest")
    assert russian.key == "politika.ru"
    assert russian.path("novosti/politika") == "novosti/politika.ru"


def test_every_format_is_served_as_what_it_is() -> None:
    assert {fmt: fmt.media_type for fmt in FORMATS} == {
        FeedFormat.RSS: "application/rss+xml; charset=utf-8",
        FeedFormat.ATOM: "application/atom+xml; charset=utf-8",
        FeedFormat.JSON: "application/feed+json",
    }
    assert FeedFormat.RSS.link_type == "application/rss+xml"
