"""What tests of the SMTP transport share: virtual time, and both ways to transact."""

import pytest

from tests.virtual_time import VirtualLoop


@pytest.fixture
def anyio_backend(request: pytest.FixtureRequest) -> object:
    """Run in virtual time where a module asks for it by IN_VIRTUAL_TIME."""
    if getattr(request.module, "IN_VIRTUAL_TIME", False):
        return ("asyncio", {"loop_factory": VirtualLoop})
    return "asyncio"


@pytest.fixture(params=["pipelined", "plain"])
def way(request: pytest.FixtureRequest) -> str:
    """Return how messages are transacted: as the relay offers PIPELINING or not."""
    return str(request.param)
