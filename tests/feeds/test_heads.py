"""A head says what the feed is, in its own language, and where its siblings are."""

import pytest

from publisher.feeds.heads import head_of
from publisher.model.feed import FORMATS, Feed, SiteFacts
from tests.feeds.newsroom import ADDRESSES, FACTS, FEEDS, NOON, SITE


@pytest.mark.parametrize(
    ("key", "language", "title", "uid", "stem"),
    [
        ("", "ru", "Степная газета", ".ru", "latest.ru"),
        ("", "", "Степная газета", "site", "latest"),
        (
            "politika",
            "kk",
            "Жаңалықтар / Саясат — Дала газеті",
            "politika.kk",
            "novosti/politika.kk",
        ),
        ("sport", "", "Спорт — Степная газета", "sport", "sport"),
    ],
)
def test_a_head_has_the_names_and_addresses_of_its_feed(
    key: str, language: str, title: str, uid: str, stem: str
) -> None:
    feed = Feed(id=3, rubric_key=key, language=language)

    head = head_of(feed, ADDRESSES, FACTS, NOON)

    assert head.title == title
    assert head.uid == f"tag:gazeta.example,2025-01-01:feed:{uid}"
    assert head.language == language
    assert head.urls == {form: f"{FEEDS}/feeds/{stem}.{form}" for form in FORMATS}
    assert head.updated_at == NOON
    assert head.rights == "© Степная газета"


def test_the_alternates_are_the_same_feed_in_the_other_languages() -> None:
    def languages(language: str) -> list[str]:
        feed = Feed(id=3, rubric_key="sport", language=language)
        return list(head_of(feed, ADDRESSES, FACTS, NOON).alternates)

    assert languages("ru") == ["kk"]
    assert languages("kk") == ["ru"]
    assert languages("") == ["ru", "kk"]


def test_a_newspaper_that_says_little_still_has_a_whole_head() -> None:
    facts = SiteFacts(
        titles={"": "Газета"},
        url="https://газета.example",
        base_url=FEEDS,
        languages=("kk",),
        authority="gazeta.example",
        since=FACTS.since,
    )

    head = head_of(
        Feed(id=1, rubric_key="sport", language="kk"), ADDRESSES, facts, NOON
    )

    assert head.title == head.description == "Спорт — Газета"
    assert head.home_url == f"{FEEDS}/kk/rubrics/sport"
    assert head.site_url == "https://xn--80aahjj1e.example"
    assert head.icon_url == head.logo_url == head.rights == ""
    assert head.alternates == {}


def test_the_home_of_the_whole_site_is_its_front_page() -> None:
    head = head_of(Feed(id=1, rubric_key="", language=""), ADDRESSES, FACTS, NOON)

    assert head.home_url == f"{SITE}/"
