"""The processes of a run: the relay, and the workers that are killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["Start", "kill", "nursery", "sink"]

ROOT = Path(__file__).parents[2]
SLOWEST = "0.02"
"""In seconds: how long the relay may think about a message."""
REFUSES = "20"
"""Of so many messages the relay refuses one for now."""


def kill(number: int, how: signal.Signals) -> None:
    """Send a signal and wait until the process is gone; it may be gone already."""
    with suppress(ProcessLookupError):
        os.kill(number, how)
        while True:
            time.sleep(0.002)
            os.kill(number, 0)


@contextmanager
def sink(folder: Path) -> Iterator[None]:
    """Run the relay that writes down what it takes."""
    program = Path(__file__).with_name("sink.py")
    place, record = folder / "sink.sock", folder / "record"
    (folder / "offers").touch()
    command = [sys.executable, str(program), str(place), str(record), SLOWEST, REFUSES]
    with subprocess.Popen(
        [*command, str(folder)], stdout=subprocess.PIPE, text=True
    ) as relay:
        assert relay.stdout is not None
        assert relay.stdout.readline() == "ready\n"
        try:
            yield
        finally:
            relay.terminate()


class Start:
    """Starts a worker and returns its process number."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def __call__(self) -> int:
        """Start one more."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def nursery(folder: Path, file: Path) -> Iterator[Start]:
    """Run the process that forks workers; all of them end with it."""
    place = [str(file), str(folder / "log")]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.torture.nursery", *place],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        yield Start(process)
