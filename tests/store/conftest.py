"""What tests of the store share: a newsroom on a fresh store, on each database."""

import pytest

from publisher.clock import SteppedClock
from publisher.store import Store
from tests.store.newsroom import Newsroom


@pytest.fixture
def newsroom(store: Store, clock: SteppedClock) -> Newsroom:
    """Return a newsroom that opens in the morning with an empty newspaper."""
    return Newsroom(store, clock)
