"""An address without a document says why there is none, and what to do."""

from dataclasses import replace

import pytest
from typing_extensions import override

from publisher.feeds.addresses import FeedAddresses
from publisher.feeds.validators import Encoding
from publisher.model.rubric import RubricTree
from publisher.store.feeds import mark
from publisher.web.documents import DocumentIndex, IndexedDocument
from tests.builders import a_rubric, a_tree, an_article
from tests.web.client import Answer, Client
from tests.web.site import BASE_URL, Site, statements


def moved_tree() -> RubricTree:
    """Return the tree after `politika` became a root with another slug."""
    return RubricTree(
        tuple(
            replace(rubric, slug="vlast", parent=None)
            if rubric.key == "politika"
            else rubric
            for rubric in a_tree()
        )
    )


def closed_tree(key: str = "sport") -> RubricTree:
    return RubricTree(
        tuple(replace(rubric, is_closed=rubric.key == key) for rubric in a_tree())
    )


def is_for_programs(answer: Answer) -> bool:
    return answer["content-type"] == "text/plain; charset=utf-8" and (
        "<" not in answer.text
    )


@pytest.mark.parametrize("ending", ["rss", "atom", "json"])
@pytest.mark.parametrize("language", ["", ".ru", ".kk"])
async def test_an_old_address_leads_to_the_new_one_in_the_same_format(
    site: Site, language: str, ending: str
) -> None:
    client = site.replant(moved_tree()).client

    answer = await client.get(f"/feeds/novosti/politika{language}.{ending}")

    assert answer.status == 301
    assert answer["location"] == f"{BASE_URL}/feeds/vlast{language}.{ending}"
    assert answer["cache-control"] == "public, max-age=86400"


async def test_rubrics_below_a_moved_one_moved_with_it(site: Site) -> None:
    moved = site.replant(moved_tree())
    moved.build_all()

    answer = await moved.client.get(
        "/feeds/novosti/politika/mezhdunarodnyi-vektor.ru.rss"
    )

    assert answer["location"] == (
        f"{BASE_URL}/feeds/vlast/mezhdunarodnyi-vektor.ru.rss"
    )


async def test_moves_are_never_chained(site: Site) -> None:
    moved = site.replant(moved_tree())
    again = moved.replant(
        RubricTree(
            tuple(
                replace(rubric, slug="gorod") if rubric.key == "politika" else rubric
                for rubric in moved_tree()
            )
        )
    )
    again.build_all()

    first = await again.client.get("/feeds/novosti/politika.rss")
    second = await again.client.get("/feeds/vlast.rss")

    assert first["location"] == second["location"] == f"{BASE_URL}/feeds/gorod.rss"
    assert (await again.client.get("/feeds/gorod.rss")).status == 200


async def test_a_closed_rubric_is_gone_though_its_last_document_is_kept(
    site: Site,
) -> None:
    client = site.replant(closed_tree()).client
    assert site.index.find("/feeds/sport.ru.rss") is not None

    answer = await client.get("/feeds/sport.ru.rss")

    assert answer.status == 410
    assert "закрыта" in answer.text
    assert f"{BASE_URL}/ru/" in answer.text
    assert is_for_programs(answer)


async def test_a_rubric_taken_out_of_the_configuration_is_gone(site: Site) -> None:
    without = RubricTree(tuple(r for r in a_tree() if r.key != "futbol"))

    answer = await site.replant(without).client.get("/feeds/sport/futbol.kk.atom")

    assert answer.status == 410
    assert "жабылған" in answer.text


async def test_the_old_address_of_a_closed_rubric_is_gone_too(site: Site) -> None:
    moved = site.replant(moved_tree())
    closed = RubricTree(
        tuple(replace(r, is_closed=r.key == "politika") for r in moved_tree())
    )

    answer = await moved.replant(closed).client.get("/feeds/novosti/politika.rss")

    assert answer.status == 410


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/nope.rss",
        "/feeds/nope.ru.rss",
        "/feeds/novosti.en.rss",
        "/feeds/novosti.ru.xml",
        "/feeds/novosti",
        "/feeds/",
        "/feeds/.rss",
        "/feeds/../etc/passwd.rss",
        "/feeds/%2e%2e/%00.rss",
        "/feeds/novosti%20OR%201=1.rss",
        f"/feeds/{'a' * 3000}.rss",
    ],
)
async def test_an_unknown_address_says_where_the_feeds_are(
    reader: Client, path: str
) -> None:
    answer = await reader.get(path)

    assert answer.status == 404
    assert f"{BASE_URL}/" in answer.text
    assert is_for_programs(answer)
    assert answer["access-control-allow-origin"] == "*"


async def test_what_cannot_be_an_address_is_not_looked_for(
    lasting_site: Site,
) -> None:
    with statements(lasting_site.newsroom.store) as seen:
        await lasting_site.client.get("/feeds/Wp-Login.php")
        await lasting_site.client.get("/feeds/..%2f..%2fsecret.rss")

    assert seen == []


async def test_a_feed_that_is_not_built_yet_says_when_to_ask_again(
    empty_site: Site,
) -> None:
    answer = await empty_site.client.get("/feeds/novosti.ru.rss")

    assert answer.status == 503
    assert answer["retry-after"] == "10"
    assert answer["cache-control"] == "no-store"
    assert is_for_programs(answer)


class FailingIndex(DocumentIndex):
    """An index whose store has lost its disk."""

    @override
    async def body(self, document: IndexedDocument, encoding: Encoding) -> None:
        msg = "no such disk"
        raise OSError(msg)


async def test_a_store_that_fails_is_a_matter_of_asking_again(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    broken = replace(site.parts, index=FailingIndex(site.newsroom.store))
    broken.index.refresh()
    client = Site(site.newsroom, broken, site.builder).client

    answer = await client.get("/feeds/sport.ru.rss")

    assert (answer.status, answer["retry-after"]) == (503, "10")
    assert "page.failed path=/feeds/sport.ru.rss error=OSError" in caplog.text


async def test_a_process_that_has_just_started_serves_what_is_built(
    empty_site: Site,
) -> None:
    empty_site.build_all()
    started = replace(
        empty_site.parts, index=type(empty_site.index)(empty_site.newsroom.store)
    )

    answer = await Site(empty_site.newsroom, started, empty_site.builder).client.get(
        "/feeds/sport.rss"
    )

    assert answer.status == 200


@pytest.mark.parametrize("path", ["/feeds/nope.rss", "/feeds/nope"])
async def test_head_says_the_same_without_the_text(reader: Client, path: str) -> None:
    got = await reader.get(path)

    asked = await reader.head(path)

    assert asked.headers == got.headers
    assert asked.body == b""


async def test_a_new_rubric_with_an_old_address_takes_it_over(site: Site) -> None:
    moved = site.replant(moved_tree())
    tree = RubricTree(
        (*moved_tree(), a_rubric("politika2", "novosti", slug="politika"))
    )
    taken = moved.replant(tree)
    taken.build_all()

    answer = await taken.client.get("/feeds/novosti/politika.rss")

    assert answer.status == 200


async def test_a_rubric_that_takes_the_address_of_a_closed_one_is_shown_there(
    site: Site,
) -> None:
    changes = {"sport": {"key": "sports"}, "futbol": {"parent": "sports"}}
    rubrics = [replace(r, **changes.get(r.key, {})) for r in site.newsroom.tree]  # type: ignore[arg-type]
    site = site.replant(RubricTree(tuple(rubrics)))
    site.newsroom.take(an_article("x", title="Хоккей", rubrics=("sports",)))
    site.build()
    renamed = replace(site.builder.facts, titles={"ru": "Другая газета"})
    builder = replace(site.builder, facts=renamed)

    for key in ("sports.ru", "sport.ru"):
        site.newsroom.store.transact(mark, [key])
        builder.build_waiting()
    site.index.refresh()

    answer = await site.client.get("/feeds/sport.ru.rss")
    assert "Хоккей" in answer.text


@pytest.mark.parametrize(
    "path", ["/feeds/latest.kk.rss", "/feeds/sport/short.kk.atom", "/feeds/no.kk.json"]
)
async def test_a_language_that_was_dropped_has_no_feeds_any_more(
    site: Site, path: str
) -> None:
    addresses = FeedAddresses(BASE_URL, site.newsroom.tree, ("ru",))
    parts = replace(site.parts, addresses=addresses)
    client = Site(site.newsroom, parts, site.builder).client

    answer = await client.get(path)

    assert answer.status == 410
    assert is_for_programs(answer)
    assert "Лент на этом языке больше нет." in answer.text
    assert (await client.get("/feeds/latest.ru.rss")).status == 200
    # Never ours, so that nobody is told that it was.
    assert (await client.get(path.replace(".kk.", ".de."))).status == 404
