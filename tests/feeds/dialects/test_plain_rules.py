"""The plain rules fire on a planted fault, name its line, and on nothing else."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.feeds.dialects.plain.reading import LARGEST, lint_document
from publisher.feeds.dialects.plain.rules import RULES
from publisher.feeds.documents import assemble
from publisher.model.feed import FORMATS, FeedFormat
from tests.effort import effort
from tests.feeds.newsroom import (
    FULL,
    NOON,
    a_head,
    a_kazakh_article,
    an_article,
    rendered_all,
)
from tests.shared_data import shared_data

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:slash="http://purl.org/rss/1.0/modules/slash/">
<channel>
<title>Газета</title>
<link>https://gazeta.example/</link>
<description>Новости</description>
<language>ru</language>
<ttl>5</ttl>
<atom:link rel="self" href="https://gazeta.example/a.rss"/>
<item>
<title>Мост</title>
<link>https://gazeta.example/most</link>
<guid isPermaLink="false">tag:gazeta.example,2025:1</guid>
<description>Мост строят</description>
<content:encoded>&lt;p&gt;Строят &lt;a href="https://gazeta.example/x"&gt;мост&lt;/a&gt;</content:encoded>
<pubDate>Mon, 28 Apr 2025 06:00:00 +0000</pubDate>
<category>Новости</category>
<enclosure url="https://gazeta.example/a.jpg" length="0" type="image/jpeg"/>
<slash:comments>4</slash:comments>
</item>
<item>
<title>Паром</title>
<guid>https://gazeta.example/parom</guid>
<pubDate>28 Apr 2025 05:00 GMT</pubDate>
</item>
</channel>
</rss>
"""

ATOM = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ru">
<id>tag:gazeta.example,2025:feed</id>
<title>Газета</title>
<updated>2025-04-28T06:00:00Z</updated>
<author><name>Газета</name></author>
<link rel="self" href="https://gazeta.example/a.atom"/>
<entry>
<id>tag:gazeta.example,2025:1</id>
<title>Мост</title>
<updated>2025-04-28T06:00:00.5+05:00</updated>
<published>2025-04-28T06:00:00Z</published>
<link rel="alternate" type="text/html" href="https://gazeta.example/мост"/>
<content type="html">&lt;p&gt;Строят&lt;/p&gt;</content>
</entry>
<entry>
<id>tag:gazeta.example,2025:2</id>
<title>Паром</title>
<updated>2025-04-28T05:00:00Z</updated>
<content type="xhtml"><p xmlns="http://www.w3.org/1999/xhtml">Ходит</p></content>
</entry>
</feed>
"""

JSON: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Газета",
    "home_page_url": "https://gazeta.example/",
    "feed_url": "https://gazeta.example/a.json",
    "language": "kk",
    "items": [
        {
            "id": "1",
            "url": "https://gazeta.example/1",
            "content_html": "<p>Мост</p>",
            "date_published": "2025-04-28T06:00:00Z",
            "attachments": [
                {"url": "https://gazeta.example/a.mp3", "mime_type": "audio/mpeg"}
            ],
        },
        {"id": "2", "content_text": "Паром", "date_published": "2025-04-28T05:00:00Z"},
    ],
}

TITLE = "<title>Мост</title>"
GUID = "<guid>https://gazeta.example/parom</guid>"

RSS_FAULTS = [
    ("broken", "</item>\n<item>", "<item>", 29),
    ("doctype", "<rss ", "<!DOCTYPE rss><rss ", 1),
    ("required", 'version="2.0"', 'version="0.92"', 6),
    ("required", "<title>Газета</title>\n", "", 7),
    ("required", "<title>Паром</title>\n", "", 25),
    ("required", "<description>Новости</description>", "<description/>", 10),
    ("id-repeated", GUID, "<guid>tag:gazeta.example,2025:1</guid>", 27),
    ("id-missing", f"{GUID}\n", "", 25),
    ("guid-permalink", GUID, "<guid>tag:gazeta.example,2025:2</guid>", 27),
    ("address", "<link>https://gazeta.example/most", "<link>/most", 16),
    (
        "address",
        "<link>https://gazeta.example/most",
        "<link>https://gazeta.example/мост",
        16,
    ),
    ("date-form", "28 Apr 2025 05:00 GMT", "28.04.2025 05:00", 28),
    ("date-form", "28 Apr 2025 05:00 GMT", "28 апр 2025 05:00 GMT", 28),
    ("date-form", "28 Apr 2025 05:00 GMT", "31 Apr 2025 05:00 GMT", 28),
    ("date-weekday", "Mon, 28 Apr", "Tue, 28 Apr", 20),
    ("date-missing", "<pubDate>28 Apr 2025 05:00 GMT</pubDate>\n", "", 25),
    ("language", "<language>ru", "<language>kz", 11),
    ("self-missing", '<atom:link rel="self"', '<atom:link rel="hub"', 7),
    ("active-content", "&lt;p&gt;Строят", "&lt;script&gt;x&lt;/script&gt;", 19),
    ("active-content", "&lt;p&gt;Строят", "&lt;p onclick='x'&gt;", 19),
    ("address-in-content", 'href="https://gazeta.example/x"', 'href="../x"', 19),
    ("enclosure", ' length="0"', "", 22),
    ("enclosure", 'length="0"', 'length="-1"', 22),
    ("enclosure", ' type="image/jpeg"', "", 22),
    (
        "enclosure-several",
        "<slash",
        '<enclosure url="https://a.example/b" length="1" type="a/b"/><slash',
        23,
    ),
    ("mailbox", TITLE, f"{TITLE}<author>Айгуль</author>", 15),
    ("number", "<ttl>5", "<ttl>0", 12),
    ("number", "<slash:comments>4", "<slash:comments>много", 23),
    ("order", "</channel>", "<copyright>Газета</copyright></channel>", 30),
    ("content-order", "<description>Мост строят</description>\n", "", 0),
    ("category-comma", "<category>Новости", "<category>Новости, спорт", 21),
    ("said-twice", TITLE, f"{TITLE}<dc:date>2025-04-28</dc:date>", 15),
    ("element-unknown", TITLE, f"{TITLE}<pdalink>x</pdalink>", 15),
    ("media-group", TITLE, f"{TITLE}<media:group><media:content/></media:group>", 15),
]

XHTML = (
    '<content type="xhtml"><p xmlns="http://www.w3.org/1999/xhtml">Ходит</p></content>'
)
SECOND_PAGE = '<link type="text/html" href="https://a.example/"/>'

ATOM_FAULTS = [
    ("kind-unknown", "http://www.w3.org/2005/Atom", "urn:other", 2),
    ("required", "<title>Паром</title>\n", "", 16),
    ("required", "<id>tag:gazeta.example,2025:feed</id>\n", "", 2),
    ("required", XHTML, "", 16),
    ("id-repeated", "2025:2</id>", "2025:1</id>", 17),
    ("address", 'href="https://gazeta.example/мост"', 'href="/мост"', 13),
    ("date-form", "<updated>2025-04-28T05:00:00Z", "<updated>2025-04-28 05:00", 19),
    ("date-form", "<updated>2025-04-28T05:00:00Z", "<updated>2025-04-31T05:00:00Z", 19),
    ("language", 'xml:lang="ru"', 'xml:lang="kz"', 2),
    ("self-missing", 'rel="self"', 'rel="via"', 2),
    ("active-content", "&lt;p&gt;", "&lt;iframe src='https://a.example/'&gt;", 14),
    ("active-content", ">Ходит", "><script>x</script>Ходит", 20),
    ("author-missing", "<author><name>Газета</name></author>\n", "", 7),
    ("alternate-repeated", "<content", f"{SECOND_PAGE}<content", 14),
    ("content-type", 'type="html"', 'type="CDATA"', 14),
    ("relation", 'rel="self"', 'rel="me"', 7),
]  # fmt: skip

JSON_FAULTS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("version", {"version": "1"}, {}, "version"),
    ("required", {"title": " "}, {}, "title"),
    ("required", {"items": None}, {}, "items"),
    ("required", {}, {"id": ""}, "items[0].id"),
    ("id-repeated", {}, {"id": "2"}, "items[1].id"),
    ("address", {}, {"url": "/1"}, "items[0].url"),
    ("address", {"next_url": JSON["feed_url"]}, {}, "next_url"),
    ("date-form", {}, {"date_published": "вчера"}, "items[0].date_published"),
    ("language", {"language": "kz"}, {}, "language"),
    ("self-missing", {"feed_url": "a.json"}, {}, "feed_url"),
    ("active-content", {}, {"content_html": "<script>"}, "items[0].content_html"),
    (
        "address-in-content",
        {},
        {"content_html": "<img src=a>"},
        "items[0].content_html",
    ),
    ("enclosure", {}, {"attachments": [{"url": "x"}]}, "items[0].attachments[0]"),
    ("enclosure", {}, {"attachments": 7}, "items[0].attachments[0]"),
    ("content-missing", {}, {"content_html": ""}, "items[0]"),
    ("kind-of-value", {}, {"title": 5}, "items[0].title"),
    ("kind-of-value", {"items": ["x"]}, {}, "items[0]"),
]


def heard(document: str | bytes, now: datetime | None = None) -> list[tuple[str, int]]:
    body = document.encode() if isinstance(document, str) else document
    return [(finding.rule, finding.line) for finding in lint_document(body, now=now)]


@pytest.mark.parametrize(
    "document", [RSS, ATOM, json.dumps(JSON)], ids=["rss", "atom", "json"]
)
def test_a_good_document_of_anybody_has_no_findings(document: str) -> None:
    assert lint_document(document.encode()) == ()


@pytest.mark.parametrize("form", FORMATS)
def test_our_own_documents_have_no_findings(form: FeedFormat) -> None:
    articles = [
        an_article(1, **FULL),
        a_kazakh_article(),
        an_article(3, title="<b> & ]]>"),
    ]

    document = assemble(a_head(), form, rendered_all(articles, form))

    assert lint_document(document) == ()


@pytest.mark.parametrize(("rule", "good", "bad", "line"), RSS_FAULTS)
def test_a_fault_in_rss_is_found_at_its_line(
    rule: str, good: str, bad: str, line: int
) -> None:
    if rule == "content-order":
        bad, line = RSS, 18
        first, second = RSS.splitlines()[17:19]
        document = RSS.replace(f"{first}\n{second}", f"{second}\n{first}")
    else:
        assert good in RSS
        document = RSS.replace(good, bad, 1)

    assert (rule, line) in heard(document)


@pytest.mark.parametrize(("rule", "good", "bad", "line"), ATOM_FAULTS)
def test_a_fault_in_atom_is_found_at_its_line(
    rule: str, good: str, bad: str, line: int
) -> None:
    assert good in ATOM

    found = heard(ATOM.replace(good, bad, 1))

    assert rule in [name for name, _ in found]
    if rule != "author-missing":
        assert (rule, line) in found


@pytest.mark.parametrize(("rule", "in_feed", "in_item", "element"), JSON_FAULTS)
def test_a_fault_in_json_is_found_at_its_element(
    rule: str, in_feed: dict[str, Any], in_item: dict[str, Any], element: str
) -> None:
    first, *others = JSON["items"]
    feed = JSON | {"items": [first | in_item, *others]} | in_feed

    findings = lint_document(json.dumps(feed).encode())

    assert (rule, element) in [(finding.rule, finding.element) for finding in findings]


def test_every_rule_is_shown_to_fire() -> None:
    shown = {rule for rule, *_ in [*RSS_FAULTS, *ATOM_FAULTS, *JSON_FAULTS]}

    # These two have their own tests below.
    assert shown | {"date-future", "large"} == set(RULES)


@pytest.mark.parametrize("document", [RSS, ATOM, json.dumps(JSON)])
def test_dates_to_come_are_found_where_the_present_is_known(document: str) -> None:
    assert "date-future" in dict(heard(document, NOON - timedelta(days=1)))
    assert heard(document, NOON) == []


def test_a_finding_says_where_what_and_what_to_do() -> None:
    (finding,) = lint_document(RSS.replace("<ttl>5", "<ttl>0").encode())

    assert finding.sentence == (
        'line 12, channel/ttl: "0" is no number of minutes; write a whole number, 0 or'
        " more"
    )
    assert finding.source


def test_large_documents_are_told_and_huge_ones_not_read() -> None:
    padded = RSS.replace("Мост строят", "Мост строят " * 60_000)
    assert heard(padded) == [("large", 1)]
    assert heard(b" " * (LARGEST + 1)) == [("large", 1)]


def test_entities_are_not_expanded() -> None:
    bomb = (
        '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">'
        '<!ENTITY c SYSTEM "file:///etc/hostname">]>'
        "<rss version='2.0'><channel><title>&b;&c;</title></channel></rss>"
    )

    assert "doctype" in dict(heard(bomb))


@pytest.mark.parametrize(
    "body", [b"", b"[1]", b"{", b"[" * 100_000, b"<a/>", b"\xff\xfe"]
)
def test_what_is_no_feed_is_said_to_be_none(body: bytes) -> None:
    assert {rule for rule, _ in heard(body)} <= {"broken", "kind-unknown"}
    assert heard(body)


@given(body=st.binary(max_size=80))
@effort(200)
def test_any_bytes_give_findings(body: bytes) -> None:
    assert lint_document(body)


@given(cut=st.integers(0, len(RSS)), junk=st.text(max_size=6))
@effort(200)
def test_any_damage_gives_findings_or_none_but_no_error(cut: int, junk: str) -> None:
    for document in (RSS, ATOM, json.dumps(JSON)):
        damaged = document[:cut] + junk + document[cut + 3 :]
        lint_document(damaged.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("folder", ["feeds", "hostile-import"])
def test_no_feed_of_the_world_makes_it_fail(folder: str) -> None:
    files = [path for path in shared_data(folder).rglob("*") if path.is_file()]
    assert len(files) > 30

    for path in files:
        lint_document(path.read_bytes())
