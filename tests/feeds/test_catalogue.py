"""The catalogue and the outline list every feed once, in the tree's order."""

import json

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from publisher.feeds.addresses import FeedAddresses
from publisher.feeds.catalogue import catalogue_json
from publisher.feeds.opml import opml
from publisher.model.feed import FORMATS, Feed, FeedFormat
from publisher.model.rubric import Rubric, RubricTree
from tests.feeds.newsroom import ADDRESSES, FACTS, FEEDS, TREE

ALL_FEEDS = [
    Feed(id=number, rubric_key=key, language=language)
    for number, (language, key) in enumerate(
        (language, key)
        for language in ("kk", "", "ru")
        for key in ("sport", "politika", "", "kultura", "novosti")
    )
]


def outlines(document: bytes) -> list[tuple[int, str, str | None]]:
    """Return depth, text and address of every outline, in order."""
    body = etree.fromstring(document).find("body")
    assert body is not None
    return [
        (
            sum(1 for _ in line.iterancestors("outline")),
            line.get("text", ""),
            line.get("xmlUrl"),
        )
        for line in body.iter("outline")
    ]


def test_the_outline_of_one_language_mirrors_the_tree() -> None:
    feeds = [feed for feed in ALL_FEEDS if feed.language == "kk"]

    found = outlines(opml(feeds, ADDRESSES, FACTS))

    def address(path: str) -> str:
        return f"{FEEDS}/feeds/{path}.kk.rss"

    assert found == [
        (0, "Дала газеті", address("latest")),
        (0, "Жаңалықтар", None),
        (1, "Жаңалықтар", address("novosti")),
        (1, "Саясат", address("novosti/politika")),
        (1, "Мәдениет", address("novosti/kultura")),
        (0, "Спорт", address("sport")),
    ]


def test_an_outline_names_type_title_page_and_language() -> None:
    feed = Feed(id=1, rubric_key="politika", language="ru")

    root = etree.fromstring(opml([feed], ADDRESSES, FACTS))

    assert root.get("version") == "2.0"
    assert root.findtext("head/title") == "Степная газета"
    [line] = root.findall(".//outline[@xmlUrl]")
    assert dict(line.attrib) == {
        "text": "Политика",
        "title": "Политика",
        "type": "rss",
        "xmlUrl": ADDRESSES.url("politika", "ru", FeedFormat.RSS),
        "htmlUrl": f"{FEEDS}/ru/rubrics/novosti/politika",
        "language": "ru",
    }


def test_several_languages_have_a_folder_each() -> None:
    folders = [
        text
        for depth, text, _ in outlines(opml(ALL_FEEDS, ADDRESSES, FACTS))
        if not depth
    ]

    assert folders == ["Степная газета", "Степная газета (ru)", "Дала газеті (kk)"]


def test_an_outline_without_feeds_is_still_an_outline() -> None:
    assert outlines(opml([], ADDRESSES, FACTS)) == []


def test_feeds_of_rubrics_and_languages_that_are_gone_are_not_listed() -> None:
    gone = [
        Feed(id=1, rubric_key="net-takoy", language="ru"),
        Feed(id=2, rubric_key="sport", language="de"),
    ]

    assert outlines(opml(gone, ADDRESSES, FACTS)) == []
    assert json.loads(catalogue_json(gone, ADDRESSES, FACTS))["feeds"] == []


def test_a_closed_rubric_is_not_listed_but_what_lies_below_it_is() -> None:
    tree = RubricTree(
        (
            Rubric(key="a", slug="a", names={"ru": "А"}, is_closed=True),
            Rubric(key="b", slug="b", names={"ru": "Б"}, parent="a"),
        )
    )
    addresses = FeedAddresses(FEEDS, tree, ("ru",))
    feeds = [Feed(id=1, rubric_key=key, language="ru") for key in ("a", "b")]

    below = f"{FEEDS}/feeds/a/b.ru.rss"
    assert outlines(opml(feeds, addresses, FACTS)) == [(0, "А", None), (1, "Б", below)]
    listed = json.loads(catalogue_json(feeds, addresses, FACTS))["feeds"]
    assert [feed["key"] for feed in listed] == ["b.ru"]


def test_names_cannot_break_the_outline() -> None:
    tree = RubricTree((Rubric(key="a", slug="a", names={"ru": '<&">\x00\ud83d]]>'}),))
    addresses = FeedAddresses(FEEDS, tree, ("ru",))

    found = outlines(
        opml([Feed(id=1, rubric_key="a", language="ru")], addresses, FACTS)
    )

    assert [text for _, text, _ in found] == ['<&">]]>']


def test_the_catalogue_keeps_its_shape() -> None:
    catalogue = json.loads(catalogue_json(ALL_FEEDS, ADDRESSES, FACTS))

    assert list(catalogue) == [
        *("version", "title", "home_page_url", "languages", "feeds"),
    ]
    assert catalogue["version"] == 1
    politics = next(f for f in catalogue["feeds"] if f["key"] == "politika.kk")
    assert politics == {
        "key": "politika.kk",
        "rubric": "politika",
        "parent": "novosti",
        "language": "kk",
        "title": "Жаңалықтар / Саясат",
        "home_page_url": f"{FEEDS}/kk/rubrics/novosti/politika",
        "formats": {
            form.value: {
                "url": ADDRESSES.url("politika", "kk", form),
                "type": form.link_type,
            }
            for form in FORMATS
        },
        "short": {
            form.value: {
                "url": f"{FEEDS}/feeds/novosti/politika/short.kk.{form}",
                "type": form.link_type,
            }
            for form in FORMATS
        },
        "only": None,
    }
    news = next(f for f in catalogue["feeds"] if f["key"] == "novosti")
    assert news["only"]["rss"]["url"] == f"{FEEDS}/feeds/novosti/only.rss"


def test_the_catalogue_follows_the_tree_with_the_whole_site_first() -> None:
    catalogue = json.loads(catalogue_json(ALL_FEEDS, ADDRESSES, FACTS))

    listed = [feed["key"] for feed in catalogue["feeds"]]

    assert listed[:6] == ["", ".ru", ".kk", "novosti", "novosti.ru", "novosti.kk"]
    assert len(set(listed)) == len(listed) == len(ALL_FEEDS)
    assert listed[-1] == "sport.kk"


@given(st.permutations(ALL_FEEDS))
def test_the_order_of_the_store_does_not_show(feeds: list[Feed]) -> None:
    assert catalogue_json(feeds, ADDRESSES, FACTS) == catalogue_json(
        ALL_FEEDS, ADDRESSES, FACTS
    )
    assert opml(feeds, ADDRESSES, FACTS) == opml(ALL_FEEDS, ADDRESSES, FACTS)


def test_every_address_listed_leads_back_to_a_feed() -> None:
    catalogue = json.loads(catalogue_json(ALL_FEEDS, ADDRESSES, FACTS))

    for feed in catalogue["feeds"]:
        for ending, listed in feed["formats"].items():
            found = ADDRESSES.find(listed["url"].removeprefix(FEEDS))
            assert found is not None
            assert (found.rubric_key, found.language) == (
                feed["rubric"] or "",
                feed["language"] or "",
            )
            assert found.format == ending
    assert {rubric.key for rubric in TREE} < {f["rubric"] for f in catalogue["feeds"]}
