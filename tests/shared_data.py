"""Where real data for tests is: beside the checkout, and never committed."""

import os
from pathlib import Path

import pytest

VARIABLE = "PUBLISHER_SHARED_DATA"


def shared_data(name: str) -> Path:
    """Return a file or folder of the shared data, or skip the test with the reason."""
    beside = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
    path = Path(os.environ.get(VARIABLE, beside)).resolve() / name
    if not path.exists():
        pytest.skip(f"no {path}; name the folder of shared data in {VARIABLE}")
    return path
