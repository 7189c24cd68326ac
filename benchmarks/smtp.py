"""Our SMTP transport against postfix's C client, with constant messages of 29 KB.

Both send over eight connections on one core to a sink on another: to one of ours that
only looks for line ends and dots, and to postfix's. smtp-source does not pipeline.

What is judged is the whole path (`benchmarks.delivery`) and the round trips; the rest
tells where its time goes.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.measure import Ratio

__all__ = ["COUNT", "PORTS", "SINK", "listening", "run", "smtp_source"]

ROUNDS = 5
COUNT = 10_000
CONNECTIONS = 8
NEEDED = ("cc", "smtp-source", "smtp-sink", "taskset")
SINK = Path(__file__).with_name("fastsink.c")
PORTS = {"fastsink": 24631, "smtp-sink": 24632}


def run() -> list[Ratio]:
    """Measure in turns; nothing where a program is missing, and say so."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        print(f"smtp: not measured, for want of {', '.join(missing)}")
        return []
    with tempfile.TemporaryDirectory() as folder:
        fast = Path(folder) / "fastsink"
        subprocess.run(["cc", "-O2", "-o", fast, SINK], check=True)  # noqa: S603, S607
        ratios, flights = _against_fastsink(fast)
        return [*ratios, flights, *_against_smtp_sink()]


def _against_fastsink(program: Path) -> tuple[list[Ratio], Ratio]:
    port = PORTS["fastsink"]
    with listening([str(program), str(port)], port):
        took = _in_turns(
            {
                "ours": lambda: _ours(port),
                "plain": lambda: _ours(port, "plain"),
                "smtp-source": lambda: smtp_source(port),
            }
        )
    reference = took.pop("smtp-source")
    ratios = [
        Ratio("pipelined, fast sink", "smtp-source", took["ours"], reference),
        Ratio("one command at a time", "smtp-source", took["plain"], reference),
    ]
    return ratios, _round_trips(program)


def _against_smtp_sink() -> list[Ratio]:
    port = PORTS["smtp-sink"]
    with listening(["smtp-sink", "-u", "nobody", f"127.0.0.1:{port}", "100"], port):
        took = _in_turns(
            {"ours": lambda: _ours(port), "smtp-source": lambda: smtp_source(port)}
        )
    ours, reference = took["ours"], took["smtp-source"]
    return [Ratio("pipelined, smtp-sink", "smtp-source", ours, reference)]


def _round_trips(program: Path) -> Ratio:
    """Return how many flights the sink answered for each message."""
    port = PORTS["fastsink"] + 2
    with listening([str(program), str(port)], port) as sink:
        _ours(port)
        sink.send_signal(signal.SIGTERM)
        told, _ = sink.communicate()
    messages, flights = map(int, told.split())
    assert messages == COUNT, "a message was lost or doubled"
    return Ratio("round trips, in all", "messages", flights, messages, 1.1)


def _in_turns(acts: dict[str, Callable[[], float]]) -> dict[str, float]:
    """Return the median of each, in microseconds of wall time for a message."""
    spent: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(ROUNDS):
        for name, act in acts.items():
            spent[name].append(act() / COUNT * 1e6)
    return {name: median(times) for name, times in spent.items()}


def _ours(port: int, *ways: str) -> float:
    """Return the seconds that our client says it took, start-up not among them."""
    place = [str(port), str(COUNT), str(CONNECTIONS), *ways]
    command = [sys.executable, "-m", "benchmarks.smtp_client", *place]
    ended = subprocess.run(  # noqa: S603
        _on_core(0, command), check=True, capture_output=True, text=True
    )
    return float(ended.stdout.split()[0])


def smtp_source(port: int) -> float:
    size = ["-d", "-s", str(CONNECTIONS), "-l", "29000", "-m", str(COUNT)]
    ends = ["-f", "a@news.example", "-t", "b@mail.example", f"127.0.0.1:{port}"]
    command = ["smtp-source", *size, *ends]
    begun = time.perf_counter()
    subprocess.run(_on_core(0, command), check=True)  # noqa: S603
    return time.perf_counter() - begun


def _on_core(core: int, command: Sequence[str]) -> list[str]:
    return ["taskset", "-c", str(core), *command]


@contextmanager
def listening(command: Sequence[str], port: int) -> Iterator[subprocess.Popen[str]]:
    """Run a sink on the other core until it listens, and end it afterwards."""
    core = max(os.sched_getaffinity(0))
    with subprocess.Popen(  # noqa: S603
        _on_core(core, command), stdout=subprocess.PIPE, text=True
    ) as sink:
        try:
            _wait_for(port)
            yield sink
        finally:
            sink.send_signal(signal.SIGTERM)


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    msg = f"no sink on port {port}"
    raise RuntimeError(msg)
