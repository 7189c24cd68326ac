"""A machine that runs out of something for a while, as this process finds it."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["full_disk", "no_file_to_open"]


@contextmanager
def full_disk() -> Iterator[None]:
    """Let this process write into no file: the kernel refuses the first byte."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def no_file_to_open() -> Iterator[None]:
    """Let this process open nothing more."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
