"""What readers said about an article is a feed like any other, linked from it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

from publisher.model.article import IncomingArticle
from publisher.model.feed import FORMATS, FeedFormat
from publisher.store.schema.feeds import document
from tests.builders import MORNING, a_comment, an_article
from tests.feeds.reading import NAMES, ReadArticle, parsed, read
from tests.web.site import BASE_URL, Site

WFW = "{http://wellformedweb.org/CommentAPI/}"
THR = f"{{{NAMES['thr']}}}"
URL = "https://gazeta.example/ru/spor"
MINUTE = timedelta(minutes=1)
FIRST = a_comment("1", url=f"{URL}#c1")
SECOND = a_comment(
    "2",
    author="Дина & Ко <вместе>",
    body_html='<p>Отвечу: <a href="https://gazeta.example/x?a=1&amp;b=2">тут</a>.</p>',
    published_at=MORNING + MINUTE,
    url=f"{URL}#c2",
)


def a_debate(**changes: object) -> IncomingArticle:
    shown = an_article(
        "spor",
        comments=(FIRST, SECOND),
        comment_count=2,
        comments_url=f"{URL}#comments",
    )
    return replace(shown, **changes)  # type: ignore[arg-type]


@pytest.fixture
def site(empty_site: Site) -> Site:
    """Return a newspaper some hours after the morning, with no feed built."""
    empty_site.newsroom.wait(hours=4)
    return empty_site


@pytest.fixture
def number(site: Site) -> int:
    return site.newsroom.take(a_debate())


async def feed(site: Site, number: int, form: FeedFormat) -> bytes:
    answer = await site.client.get(f"/feeds/comments/{number}.{form.value}")
    assert answer.status == 200, answer.text
    return answer.body


async def everything(site: Site, number: int) -> list[list[ReadArticle]]:
    return [read(await feed(site, number, form), form) for form in FORMATS]


async def test_the_feed_says_the_same_in_every_format(site: Site, number: int) -> None:
    rss, atom, plain = await everything(site, number)

    assert rss == atom == plain
    newest, oldest = rss
    assert newest.authors == ("Дина & Ко <вместе>",)
    assert newest.content == SECOND.body_html
    assert newest.url == f"{URL}#c2"
    assert newest.published_at == MORNING + MINUTE
    assert newest.language == "ru"
    assert [about for about, _, _ in newest.related] == [URL]
    assert oldest.content == FIRST.body_html
    assert newest.uid != oldest.uid


async def test_every_comment_names_the_article_it_is_about(
    site: Site, number: int
) -> None:
    uid = site.newsroom.load(number).uid

    atom = etree.fromstring(await feed(site, number, FeedFormat.ATOM))
    plain = json.loads(await feed(site, number, FeedFormat.JSON))

    replies = atom.findall(f"a:entry/{THR}in-reply-to", NAMES)
    assert [(r.get("ref"), r.get("href")) for r in replies] == [(uid, URL)] * 2
    for one in plain["items"]:
        assert one["_publisher"]["in_reply_to"] == {"id": uid, "url": URL}


async def test_the_feed_is_named_after_its_article_in_its_language(
    site: Site, number: int
) -> None:
    kazakh = site.newsroom.take(
        an_article("pikir", language="kk", title="Көпір", comments=(a_comment(),))
    )

    ours = parsed(await feed(site, number, FeedFormat.RSS), FeedFormat.RSS).feed
    theirs = parsed(await feed(site, kazakh, FeedFormat.ATOM), FeedFormat.ATOM).feed

    assert ours.title.startswith("Комментарии: Мост через Есиль")
    assert (ours.link, ours.language) == (URL, "ru")
    assert theirs.title.startswith("Пікірлер: Көпір — Дала жаршысы")


async def test_the_article_leads_to_its_comments(site: Site, number: int) -> None:
    entries = {}
    site.build()
    for form in FORMATS:
        answer = await site.client.get(f"/feeds/latest.ru.{form.value}")
        entries[form] = answer.body
    stem = f"{BASE_URL}/feeds/comments/{number}"

    item = etree.fromstring(entries[FeedFormat.RSS]).findtext(f".//{WFW}commentRss")
    (link,) = etree.fromstring(entries[FeedFormat.ATOM]).findall(
        "a:entry/a:link[@rel='replies'][@type='application/atom+xml']", NAMES
    )
    shown = [
        one["_publisher"]["comments"]
        for one in json.loads(entries[FeedFormat.JSON])["items"]
        if "comments" in one["_publisher"]
    ]

    assert item == f"{stem}.rss"
    assert link.get("href") == f"{stem}.atom"
    assert link.get(f"{THR}count") == "2"
    assert link.get(f"{THR}updated") == (MORNING + MINUTE).isoformat()
    assert shown == [
        {
            "url": f"{URL}#comments",
            "count": 2,
            "feed_url": f"{stem}.json",
            "updated": (MORNING + MINUTE).isoformat(),
        }
    ]


async def test_a_new_comment_and_a_removed_one_are_seen(
    site: Site, number: int
) -> None:
    path = f"/feeds/comments/{number}.atom"
    before = await site.client.get(path)
    site.newsroom.wait(minutes=5)
    third = a_comment("3", author="Асем", published_at=MORNING + 2 * MINUTE)

    site.newsroom.take(a_debate(comments=(SECOND, third)))
    site.build()

    after = await site.client.get(path, **{"if-none-match": before["etag"]})
    assert after.status == 200
    assert [one.authors[0] for one in read(after.body, FeedFormat.ATOM)] == [
        "Асем",
        "Дина & Ко <вместе>",
    ]
    again = await site.client.get(path, **{"if-none-match": after["etag"]})
    assert again.status == 304


async def test_comments_go_with_their_article_and_come_back_with_it(
    site: Site, number: int
) -> None:
    paths = [f"/feeds/comments/{number}.{form.value}" for form in FORMATS]
    for path in paths:
        await site.client.get(path)

    site.newsroom.take(a_debate(is_withdrawn=True))
    site.build()
    gone = [await site.client.get(path) for path in paths]
    site.newsroom.take(a_debate())
    site.build()
    back = [await site.client.get(path) for path in paths]

    assert [answer.status for answer in gone] == [410] * 3
    assert "отозвана" in gone[0].text
    assert [answer.status for answer in back] == [200] * 3


async def test_a_feed_that_nobody_had_asked_for_is_gone_as_well(
    site: Site, number: int
) -> None:
    site.newsroom.take(a_debate(is_withdrawn=True))

    answer = await site.client.get(f"/feeds/comments/{number}.rss")

    assert answer.status == 410


async def test_there_is_no_feed_where_nobody_said_anything(site: Site) -> None:
    silent = site.newsroom.take(an_article("tihaya"))

    for name in (silent, 99_999_999):
        answer = await site.client.get(f"/feeds/comments/{name}.rss")
        assert answer.status == 404, name


async def test_a_document_that_is_gone_is_written_once(site: Site, number: int) -> None:
    await site.client.get(f"/feeds/comments/{number}.rss")
    site.newsroom.take(a_debate(is_withdrawn=True))
    site.build()
    before = site.newsroom.rows(document)

    site.newsroom.take(a_debate(is_withdrawn=True, title="Другой заголовок"))
    site.build()

    assert site.newsroom.rows(document) == before


async def test_one_comment_that_cannot_be_written_does_not_take_the_others_along(
    site: Site,
) -> None:
    broken = a_comment("x", author="\x00\x01")
    number = site.newsroom.take(a_debate(comments=(FIRST, broken)))

    shown = await everything(site, number)

    assert [len(comments) for comments in shown] == [1, 1, 1]


async def test_the_feed_of_all_comments_has_the_newest_of_every_article(
    site: Site,
) -> None:
    site.newsroom.take(a_debate())
    site.newsroom.take(
        an_article(
            "pikir",
            language="kk",
            title="Көпір",
            comments=(a_comment("k", published_at=MORNING + 3 * MINUTE),),
        )
    )

    shown = [
        read((await site.client.get(f"/feeds/comments/latest.{form}")).body, form)
        for form in FORMATS
    ]

    assert shown[0] == shown[1] == shown[2]
    assert [one.language for one in shown[0]] == ["kk", "ru", "ru"]
    assert [one.published_at for one in shown[0]] == [
        MORNING + 3 * MINUTE,
        MORNING + MINUTE,
        MORNING,
    ]


async def test_comments_leave_the_feed_of_all_with_their_article(
    site: Site,
) -> None:
    site.newsroom.take(a_debate())
    other = a_comment("k", published_at=MORNING + 3 * MINUTE)
    site.newsroom.take(an_article("pikir", comments=(other,)))
    path = "/feeds/comments/latest.atom"
    before = await site.client.get(path)
    site.newsroom.wait(minutes=1)

    site.newsroom.take(a_debate(is_withdrawn=True))
    site.build()

    after = await site.client.get(path, **{"if-none-match": before["etag"]})
    assert len(read(before.body, FeedFormat.ATOM)) == 3
    assert len(read(after.body, FeedFormat.ATOM)) == 1
    updated = [
        etree.fromstring(one.body).findtext("a:updated", namespaces=NAMES) or ""
        for one in (before, after)
    ]
    assert updated[0] < updated[1]


async def test_there_is_no_feed_of_all_comments_before_the_first(site: Site) -> None:
    before = await site.client.get("/feeds/comments/latest.rss")
    empty = await site.client.get("/ru/")

    site.newsroom.take(a_debate())
    site.build()

    assert before.status == 404
    assert "/feeds/comments/latest" not in empty.text
    after = await site.client.get("/ru/")
    assert f"{BASE_URL}/feeds/comments/latest.rss" in after.text
