"""A process from which real workers are forked: they start in no time.

`python -m tests.torture.nursery CONFIG LOG`: every line on its input starts one
`publisher worker`, whose number it answers. All of them end with it. A worker runs what
the command line runs; only the imports are made before.
"""

import contextlib
import os
import signal
import sys

from publisher.cli import main

__all__: list[str] = []


def become_worker(config: str, log: int) -> None:
    """Be `publisher worker` from here on."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    sys.argv = ["publisher", "--config", config, "worker"]
    code = 1
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        os._exit(code)


def watch(config: str, log: int) -> None:
    """Fork a worker for each line of the input, and kill what is left in the end."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Nobody waits for the dead.
    workers = []
    try:
        for _ in sys.stdin:
            number = os.fork()
            if not number:
                become_worker(config, log)
            workers.append(number)
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()
    finally:
        for number in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)


if __name__ == "__main__":
    file, log_file = sys.argv[1:]
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    watch(file, os.open(log_file, flags, 0o600))
