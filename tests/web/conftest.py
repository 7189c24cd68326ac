"""What tests of the pages share: a small newspaper on a real store."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.clock import SteppedClock
from publisher.store import Store
from tests.builders import MORNING, a_picture, an_article
from tests.store.databases import copy_of, open_store
from tests.web.client import Client
from tests.web.site import Site

HOUR = timedelta(hours=1)


def fill(site: Site) -> Site:
    """Publish articles in both languages and build all feeds."""
    site.newsroom.wait(hours=4)
    site.newsroom.take(an_article("most", picture=a_picture()))
    site.newsroom.take(
        an_article(
            "sessiya",
            title="Маслихат обсудил бюджет",
            rubrics=("politika",),
            published_at=MORNING + HOUR,
        )
    )
    site.newsroom.take(
        an_article(
            "kopir",
            language="kk",
            title="Есіл үстіндегі көпір Наурызға дейін ашылады",
            lead="Жаңа өткелде қозғалыс мерекеден бір күн бұрын басталады.",
            published_at=MORNING + 2 * HOUR,
        )
    )
    site.build_all()
    return site


@pytest.fixture
def empty_site(sqlite_store: Store, clock: SteppedClock) -> Site:
    """Return a newspaper that has published nothing and built no feed."""
    return Site.open(sqlite_store, clock)


@pytest.fixture
def site(empty_site: Site) -> Site:
    """Return a newspaper with articles in both languages, its feeds built."""
    return fill(empty_site)


@pytest.fixture
def client(site: Site) -> Client:
    """Return a client of the newspaper's application."""
    return site.client


@pytest.fixture(scope="session")
def lasting_site(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Return the same newspaper for tests that only look at it."""
    file = copy_of(sqlite_template, tmp_path_factory.mktemp("web"))
    with open_store(f"sqlite:///{file}") as store:
        yield fill(Site.open(store, SteppedClock(MORNING)))


@pytest.fixture(scope="session")
def reader(lasting_site: Site) -> Client:
    """Return a client that only looks."""
    return lasting_site.client
