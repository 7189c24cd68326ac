"""Programs that read feeds see every article once, its page, its edits, and its end."""

from collections.abc import Callable
from typing import NamedTuple

import atoma  # type: ignore[import-untyped]
import feedparser
import pytest

from publisher.clock import SteppedClock
from publisher.store import Store
from tests.builders import MORNING, a_picture, an_article
from tests.web.site import Site

PATH = "/feeds/novosti.ru"


class Seen(NamedTuple):
    """What a program keeps of an article."""

    key: str
    page: str
    title: str


def by_feedparser(document: bytes) -> list[Seen]:
    feed = feedparser.parse(document)
    assert not feed.bozo
    return [Seen(one.id, one.link, one.title) for one in feed.entries]


def by_atoma_rss(document: bytes) -> list[Seen]:
    feed = atoma.parse_rss_bytes(document)
    return [Seen(one.guid or "", one.link or "", one.title or "") for one in feed.items]


def by_atoma_atom(document: bytes) -> list[Seen]:
    feed = atoma.parse_atom_bytes(document)
    return [
        Seen(
            one.id_,
            next(link.href for link in one.links if link.rel in {None, "alternate"}),
            one.title.value,
        )
        for one in feed.entries
    ]


READERS = [
    pytest.param("rss", by_feedparser, id="feedparser, RSS"),
    pytest.param("atom", by_feedparser, id="feedparser, Atom"),
    pytest.param("rss", by_atoma_rss, id="atoma, RSS"),
    pytest.param("atom", by_atoma_atom, id="atoma, Atom"),
]


class Program:
    """A program that polls a feed and keeps what it has seen by its ids."""

    def __init__(
        self, site: Site, ending: str, read: Callable[[bytes], list[Seen]]
    ) -> None:
        self._site = site
        self._path = f"{PATH}.{ending}"
        self._read = read
        self.kept: dict[str, Seen] = {}

    async def poll(self) -> list[Seen]:
        """Return what the feed shows now, and keep it."""
        self._site.build()
        answer = await self._site.client.get(self._path)
        assert answer.status == 200
        shown = self._read(answer.text.encode())
        self.kept.update({one.key: one for one in shown})
        return shown


@pytest.mark.parametrize(("ending", "read"), READERS)
async def test_an_edit_is_no_new_article_and_a_withdrawn_one_is_gone(
    sqlite_store: Store, ending: str, read: Callable[[bytes], list[Seen]]
) -> None:
    site = Site.open(sqlite_store, SteppedClock(MORNING))
    site.newsroom.wait(hours=4)
    picture = a_picture()
    for key in ("most", "parom", "desk"):
        site.newsroom.take(an_article(key, picture=picture), f"{key}.md")
    program = Program(site, ending, read)

    first = await program.poll()
    site.newsroom.wait(hours=1)
    edited = an_article("most", title="Мост открыт", picture=picture)
    site.newsroom.take(edited, "most.md")
    gone = an_article("parom", picture=picture, is_withdrawn=True)
    site.newsroom.take(gone, "parom.md")
    second = await program.poll()

    pages = {f"https://gazeta.example/ru/{key}" for key in ("most", "parom", "desk")}
    assert len(first) == len({one.key for one in first}) == 3
    assert {one.page for one in first} == pages
    assert {one.key for one in second} < {one.key for one in first}
    assert len(program.kept) == 3
    assert {one.page for one in second} == {p for p in pages if "parom" not in p}
    (bridge,) = (one for one in second if one.page.endswith("/most"))
    assert bridge.title == "Мост открыт"
