"""What tests of the desk share: a small newspaper on a real store."""

from pathlib import Path

import pytest

from publisher.clock import SteppedClock
from publisher.store import Store
from tests.web.site import Site


@pytest.fixture
def site(sqlite_store: Store, clock: SteppedClock, sqlite_template: Path) -> Site:
    """Return a newspaper with articles in both languages, its feeds built."""
    return Site.filled(sqlite_store, clock, sqlite_template)
