"""Programs that read feeds see every article once, its page, its edits, and its end."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import atoma  # type: ignore[import-untyped]
import feedparser
import pytest
from lxml import etree

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


# ------------------------------------------------------------------------ tombstones

ATOM = "{http://www.w3.org/2005/Atom}"
DELETED = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"


class Archive:
    """A program that keeps every entry until a tombstone tells otherwise (RFC 6721).

    One that has merely left the window stays. An entry that was changed after the
    moment of its tombstone is there again (section 3).
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self.kept: dict[str, datetime] = {}

    async def poll(self) -> bytes:
        """Take in what the feed says now; return the document."""
        self._site.build()
        body = (await self._site.client.get(f"{PATH}.atom")).body
        feed = etree.fromstring(body)
        stones = list(feed.iter(DELETED))
        assert all(stone.getparent() is feed for stone in stones)
        refs = [stone.attrib["ref"] for stone in stones]
        assert len(refs) == len(set(refs))
        for entry in feed.iterfind(f"{ATOM}entry"):
            uid = entry.findtext(f"{ATOM}id", "")
            updated = datetime.fromisoformat(entry.findtext(f"{ATOM}updated", ""))
            self.kept[uid] = max(updated, self.kept.get(uid, updated))
        for stone in stones:
            when = datetime.fromisoformat(stone.attrib["when"])
            assert when.tzinfo is not None
            if self.kept.get(stone.attrib["ref"], when) <= when:
                self.kept.pop(stone.attrib["ref"], None)
        return body


async def test_a_tombstone_takes_away_what_a_program_would_keep_for_ever(
    sqlite_store: Store,
) -> None:
    site = Site.open(sqlite_store, SteppedClock(MORNING))
    site.newsroom.wait(hours=4)
    for key in ("most", "parom", "desk"):
        site.newsroom.take(an_article(key), f"{key}.md")
    program = Archive(site)
    before = by_feedparser(await program.poll())
    (withdrawn,) = (one.key for one in before if one.page.endswith("/parom"))
    assert set(program.kept) == {one.key for one in before}

    at = site.newsroom.wait(hours=1)
    site.newsroom.take(an_article("parom", is_withdrawn=True), "parom.md")
    document = await program.poll()

    # Who does not know tombstones reads no ghost of it and stumbles over nothing.
    assert {one.key for one in by_feedparser(document)} == set(program.kept)
    assert {one.key for one in by_atoma_atom(document)} == set(program.kept)
    assert set(program.kept) == {one.key for one in before} - {withdrawn}
    (stone,) = etree.fromstring(document).iter(DELETED)
    assert dict(stone.attrib) == {"ref": withdrawn, "when": at.isoformat()}
    assert feedparser.parse(document).feed.updated == at.isoformat()

    site.newsroom.wait(hours=1)
    site.newsroom.take(an_article("parom"), "parom.md")
    await program.poll()
    assert set(program.kept) == {one.key for one in before}
