"""An output is told what the service itself says of a document."""

from datetime import timedelta
from pathlib import Path

import pytest

from publisher.clock import SteppedClock
from publisher.feeds.outputs.folder import FolderOutput
from publisher.feeds.outputs.mirror import Mirror
from publisher.model.feed import FORMATS
from publisher.store import Store
from tests.feeds.outputs.press import Watched, finish
from tests.store.newsroom import LANGUAGES
from tests.web.site import Site


@pytest.fixture
def site(sqlite_store: Store, clock: SteppedClock) -> Site:
    """Return a newspaper with all its feeds built."""
    opened = Site.open(sqlite_store, clock)
    opened.newsroom.take()
    opened.build_all()
    return opened


async def test_copies_have_the_bytes_and_headers_that_the_service_sends(
    site: Site, tmp_path: Path
) -> None:
    output = Watched(FolderOutput("static", tmp_path / "static"))
    finish(
        Mirror(
            output=output,
            store=site.newsroom.store,
            clock=site.newsroom.clock,
            languages=LANGUAGES,
            max_age=site.parts.max_age,
        ),
        limit=1000,
    )

    copies = {copy.path: copy for copy in output.copies}
    for form in FORMATS:
        copy = copies[f"feeds/latest.ru.{form.value}"]
        answer = await site.client.get(f"/{copy.path}", accept_encoding="identity")
        packed = await site.client.get(f"/{copy.path}", accept_encoding="gzip")
        assert (copy.body, copy.gzip_body) == (answer.body, packed.body)
        assert copy.media_type == answer["content-type"]
        assert copy.cache_control == answer["cache-control"]
        assert f"{copy.last_modified:%H:%M:%S GMT}" in answer["last-modified"]
    assert len(copies) == len(site.index)
    assert site.parts.max_age > timedelta(0)
