"""Who has what is served is told so, however the request is written (RFC 9110)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.builders import an_article
from tests.web.site import Site

PATHS = ["/feeds/latest.ru.rss", "/feeds/latest.ru.yandex.xml", "/static/feed.css"]


@pytest.mark.parametrize("path", PATHS)
async def test_tags_may_stand_in_several_lines_be_weak_and_among_others(
    site: Site, path: str
) -> None:
    now = site.newsroom.clock.move(timedelta(minutes=1))
    site.newsroom.take(an_article("x", published_at=now))
    site.build()
    parts = replace(site.parts, dialects=frozenset({"yandex"}))
    client = Site(site.newsroom, parts, site.builder).client
    tag = (await client.get(path))["etag"]

    for lines in ([tag, '"other"'], ['"other"', tag], [f'"other", W/{tag}']):
        asked = [("if-none-match", line) for line in lines]
        answer = await client.ask("GET", path, asked)
        assert (answer.status, answer.body) == (304, b""), lines
    other = await client.ask("GET", path, [("if-none-match", '"other"')] * 2)
    assert other.status == 200
