"""What tests of the store share: a newsroom on an empty store, on each database."""

import pytest

from publisher.clock import SteppedClock
from publisher.store import Store
from tests.store.newsroom import Newsroom


@pytest.fixture
def newsroom(store: Store, clock: SteppedClock) -> Newsroom:
    """Return a newsroom that opens in the morning with an empty newspaper."""
    return Newsroom(store, clock)


@pytest.fixture
def newsroom_on_postgres(postgres_store: Store, clock: SteppedClock) -> Newsroom:
    """Return a newsroom for what only PostgreSQL can get wrong."""
    return Newsroom(postgres_store, clock)
