"""Importing the package does nothing: no file, no connection, no thread, no handler."""

import subprocess
import sys

import pytest

from tests.architecture.tree import ROOT, dotted, label, module_files

# Alembic runs this file, within a migration; outside of one it cannot be imported.
RUN_BY_ALEMBIC = "publisher/store/migrations/env.py"

IMPORT_EVERYTHING = """
import importlib, logging, os, sys, threading, traceback

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
DEEDS = (
    "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto",
    "subprocess.Popen", "os.system", "os.exec", "os.fork", "os.posix_spawn",
    "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.putenv", "os.chmod",
    "sqlite3.connect", "signal.pthread_kill",
)
seen = []

def watch(event, args):
    deed = event in DEEDS
    if event == "open":
        deed = bool(args[2] & WRITING) and args[0] != os.devnull
    if deed:
        seen.append(f"{event}{args!r}")
        raise PermissionError(f"at import: {event}{args!r}")

sys.addaudithook(watch)
handlers = list(logging.root.handlers)
failures = []
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except BaseException:
        failures.append(f"{name}:\\n{traceback.format_exc()}")
failures += [f"done at import: {deed}" for deed in seen]
failures += [f"started at import: {t}" for t in threading.enumerate()[1:]]
if logging.root.handlers != handlers:
    failures.append("a module changed the root logger")
print("\\n".join(failures))
"""


@pytest.mark.slow
def test_importing_any_module_does_nothing_and_warns_of_nothing() -> None:
    names = [dotted(path) for path in module_files() if label(path) != RUN_BY_ALEMBIC]

    ended = subprocess.run(
        [sys.executable, "-B", "-W", "error", "-c", IMPORT_EVERYTHING, *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.stdout.strip() == "", ended.stdout
    assert ended.stderr == ""
    assert ended.returncode == 0
