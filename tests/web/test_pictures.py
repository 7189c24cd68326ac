"""Lead pictures are served small, for ever, and nothing else is ever fetched."""

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from publisher.errors import PictureError
from publisher.model.picture import LARGE, SMALL, picture_key, picture_path
from publisher.sources.originals import Originals
from publisher.sources.picture_copies import PictureCopies
from tests.builders import a_picture, an_article
from tests.web.client import Client
from tests.web.site import Site

PICTURE = a_picture()
KEY = picture_key(PICTURE.url)
PATH = picture_path(KEY, SMALL)


class Web:
    """Stands for the open web, which may be down."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.is_up = True

    def fetch(self, url: str, max_bytes: int) -> bytes:
        self.asked.append(url)
        if not self.is_up or max_bytes <= 0:
            msg = f"{url} does not answer"
            raise PictureError(msg)
        written = io.BytesIO()
        Image.new("RGB", (2000, 1000)).save(written, "JPEG")
        return written.getvalue()


@pytest.fixture
def web() -> Web:
    return Web()


@pytest.fixture
def site(empty_site: Site, web: Web, tmp_path: Path) -> Site:
    """Return a newspaper whose one article has a picture."""
    copies = PictureCopies(tmp_path, Originals((), web.fetch), max_bytes=10**9)
    parts = replace(empty_site.parts, copies=copies)
    empty_site.newsroom.take(an_article("most", picture=PICTURE))
    return Site(empty_site.newsroom, parts, empty_site.builder)


async def test_a_picture_is_fetched_once_and_kept_for_ever(
    site: Site, web: Web
) -> None:
    client = Client(site.app)
    first, second = await client.get(PATH), await client.get(PATH)

    assert (first.status, first["content-type"]) == (200, "image/jpeg")
    assert first["cache-control"] == "public, max-age=31536000, immutable"
    assert Image.open(io.BytesIO(first.body)).size == (SMALL, 160)
    assert second.body == first.body
    assert web.asked == [PICTURE.url]


async def test_who_has_it_is_told_so(site: Site) -> None:
    client = Client(site.app)
    first = await client.get(PATH)

    again = await client.get(PATH, **{"if-none-match": first["etag"]})

    assert (again.status, again.body) == (304, b"")


async def test_both_widths_are_served(site: Site) -> None:
    answer = await Client(site.app).get(picture_path(KEY, LARGE))

    assert Image.open(io.BytesIO(answer.body)).size == (LARGE, 600)


@pytest.mark.parametrize(
    "path",
    [
        picture_path(picture_key("https://elsewhere.example/a.jpg"), SMALL),
        f"/pictures/{KEY}/321.jpg",
        f"/pictures/{KEY}/{SMALL}.png",
        f"/pictures/{KEY.upper()}/{SMALL}.jpg",
        f"/pictures/..%2f..%2fsecret/{SMALL}.jpg",
    ],
)
async def test_nothing_else_is_ever_fetched(site: Site, web: Web, path: str) -> None:
    assert (await Client(site.app).get(path)).status == 404
    assert web.asked == []


async def test_a_picture_that_cannot_be_had_leads_to_the_original(
    site: Site, web: Web
) -> None:
    web.is_up = False
    client = Client(site.app)

    first = await client.get(PATH)
    await client.get(PATH)

    assert (first.status, first["location"]) == (307, PICTURE.url)
    assert len(web.asked) == 1


async def test_it_is_tried_again_after_a_while(site: Site, web: Web) -> None:
    client = Client(site.app)
    web.is_up = False
    await client.get(PATH)
    web.is_up = True
    site.newsroom.clock.move(timedelta(minutes=6))

    assert (await client.get(PATH)).status == 200


async def test_without_a_folder_for_copies_there_are_none(empty_site: Site) -> None:
    empty_site.newsroom.take(an_article("most", picture=PICTURE))

    assert (await empty_site.client.get(PATH)).status == 404
