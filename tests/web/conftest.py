"""What tests of the pages share: a small newspaper on a real store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.clock import SteppedClock
from publisher.store import Store
from tests.builders import MORNING
from tests.store.databases import copy_of, open_store
from tests.web.client import Client
from tests.web.site import Site


@pytest.fixture
def empty_site(sqlite_store: Store, clock: SteppedClock) -> Site:
    """Return a newspaper that has published nothing and built no feed."""
    return Site.open(sqlite_store, clock)


@pytest.fixture
def site(sqlite_store: Store, clock: SteppedClock, sqlite_template: Path) -> Site:
    """Return a newspaper with articles in both languages, its feeds built."""
    return Site.filled(sqlite_store, clock, sqlite_template)


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
        yield Site.filled(store, SteppedClock(MORNING), sqlite_template)


@pytest.fixture(scope="session")
def reader(lasting_site: Site) -> Client:
    """Return a client that only looks."""
    return lasting_site.client
