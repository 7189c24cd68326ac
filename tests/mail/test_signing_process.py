"""Another process signs as we would; whatever becomes of it, everything is signed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from publisher.mail.dkim.signing import Signer
from publisher.mail.dkim.signing_process import SigningProcess
from publisher.mail.draft import Draft
from publisher.mail.message import compile_message
from tests.mail.samples import RUSSIAN, a_reader
from tests.mail.test_dkim import DOMAIN, ED25519, RSA, SIGNER
from tests.mail.verifying import verdicts
from tests.scarcity import no_file_to_open

MANY = 120
"""More than are answered together, and more than a relay has connections."""


@pytest.fixture
async def process() -> AsyncIterator[SigningProcess]:
    """Yield one that is ended after the test."""
    made = SigningProcess(SIGNER.keys)
    yield made
    await made.end()


def drafts(count: int, signer: Signer = SIGNER) -> list[Draft]:
    """Return messages to different readers."""
    compiled = compile_message(RUSSIAN, signer)
    return [compiled.draft(a_reader(link=f"link{number}")) for number in range(count)]


async def signed(process: SigningProcess, some: list[Draft]) -> list[bytes]:
    """Return messages, all signed at once."""
    return await asyncio.gather(*(one_signed(process, each) for each in some))


async def one_signed(process: SigningProcess, draft: Draft) -> bytes:
    assert draft.unsigned is not None
    return draft.signed(await process.sign(draft.unsigned))


def signed_here(some: list[Draft]) -> list[bytes]:
    """Return what the messages must be, whoever signs them."""
    return [each.signed(each.unsigned.sign()) for each in some if each.unsigned]


def children() -> list[int]:
    """Return our own processes."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    if not listed.exists():
        pytest.skip("no /proc/self/task/*/children here to find the process in")
    return [int(number) for number in listed.read_text().split()]


def stopped(number: int) -> None:
    """Keep a process from doing anything."""
    os.kill(number, signal.SIGSTOP)


@pytest.mark.parametrize("keys", [(RSA, ED25519), (RSA,), (ED25519,)])
async def test_it_signs_what_we_would_have_signed(keys: tuple[object, ...]) -> None:
    signer = Signer(DOMAIN, keys)  # type: ignore[arg-type]
    some = drafts(MANY, signer)
    process = SigningProcess(signer.keys)

    messages = await signed(process, some)
    await process.end()

    assert messages == signed_here(some)
    assert verdicts(messages[-1], signer) == [True] * len(keys)


async def test_nothing_runs_before_there_is_something_to_sign_and_after_the_end(
    process: SigningProcess,
) -> None:
    before = children()

    await signed(process, drafts(1))
    during = children()
    await process.end()

    assert len(during) == len(before) + 1
    assert children() == before
    # It starts again when it is needed again.
    assert await signed(process, drafts(2)) == signed_here(drafts(2))


async def test_what_a_killed_process_leaves_undone_is_signed_here(
    process: SigningProcess, caplog: pytest.LogCaptureFixture
) -> None:
    before = set(children())
    await signed(process, drafts(1))
    (number,) = set(children()) - before
    stopped(number)

    waiting = asyncio.create_task(signed(process, drafts(MANY)))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    os.kill(number, signal.SIGKILL)

    assert await waiting == signed_here(drafts(MANY))
    assert [each.split("=")[0] for each in caplog.messages] == [
        "signing.process_lost reason",
    ]
    # It is not started anew at once: what ended it may not be over.
    assert await signed(process, drafts(2)) == signed_here(drafts(2))
    assert set(children()) - before <= {number}


async def test_a_process_that_hangs_is_given_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = set(children())
    process = SigningProcess(SIGNER.keys, patience=2.0)
    await signed(process, drafts(1))
    (number,) = set(children()) - before
    assert not caplog.messages
    stopped(number)

    # Who asked first gives up; the others are not forgotten for that.
    first = asyncio.create_task(signed(process, drafts(1)))
    waiting = asyncio.create_task(signed(process, drafts(MANY)))
    await asyncio.sleep(0.1)
    first.cancel()
    async with asyncio.timeout(10):
        assert await waiting == signed_here(drafts(MANY))
    await process.end()

    assert caplog.messages == ["signing.process_lost reason=it did not answer"]
    assert not is_alive(number)


@pytest.mark.slow
async def test_one_that_is_always_busy_is_not_given_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    process = SigningProcess(SIGNER.keys, patience=6.0)
    loop = asyncio.get_running_loop()
    until = loop.time() + 8

    while loop.time() < until:
        await signed(process, drafts(20))
    await process.end()

    assert not caplog.messages


async def test_it_ends_when_asked_only_once_everything_is_signed(
    process: SigningProcess,
) -> None:
    await signed(process, drafts(1))

    waiting = asyncio.create_task(signed(process, drafts(MANY)))
    await asyncio.sleep(0)
    await process.end()

    assert await waiting == signed_here(drafts(MANY))


async def test_who_gives_up_waiting_disturbs_nobody(process: SigningProcess) -> None:
    some = drafts(3)
    await signed(process, drafts(1))

    tasks = [asyncio.create_task(one_signed(process, each)) for each in some]
    await asyncio.sleep(0)
    tasks[1].cancel()

    assert [await tasks[0], await tasks[2]] == signed_here([some[0], some[2]])


async def test_it_lets_the_signals_pass_that_mean_the_service(
    process: SigningProcess, caplog: pytest.LogCaptureFixture
) -> None:
    before = set(children())
    await signed(process, drafts(1))
    (number,) = set(children()) - before

    for each in (signal.SIGINT, signal.SIGTERM):
        os.kill(number, each)

    assert await signed(process, drafts(MANY)) == signed_here(drafts(MANY))
    assert not caplog.messages


async def test_without_a_program_to_start_we_sign_ourselves(
    caplog: pytest.LogCaptureFixture,
) -> None:
    process = SigningProcess(SIGNER.keys, python="/nowhere/python")

    assert await signed(process, drafts(2)) == signed_here(drafts(2))
    assert caplog.messages == [
        "signing.process_lost reason=No such file or directory",
    ]
    await process.end()


async def test_a_system_that_is_full_keeps_no_message_from_being_signed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    process = SigningProcess(SIGNER.keys)
    some = drafts(2)

    with no_file_to_open():
        messages = await signed(process, some)

    assert messages == signed_here(some)
    assert caplog.messages == ["signing.process_lost reason=Too many open files"]
    await process.end()


def no_json(folder: Path) -> None:
    """Put a module there that must not be imported."""
    (folder / "json.py").write_text("raise SystemExit", encoding="utf-8")


async def test_no_module_is_taken_from_the_folder_it_runs_in(
    process: SigningProcess,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    no_json(tmp_path)
    monkeypatch.chdir(tmp_path)

    assert await signed(process, drafts(2)) == signed_here(drafts(2))
    assert not caplog.messages


SIGN_ONCE_AND_WAIT = """
import asyncio
from pathlib import Path
from tests.mail.test_signing_process import drafts, signed
from publisher.mail.dkim.signing_process import SigningProcess
from tests.mail.test_dkim import SIGNER

async def main():
    await signed(SigningProcess(SIGNER.keys), drafts(1))
    print(Path("/proc/thread-self/children").read_text(), flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_it_does_not_outlive_whom_it_signs_for() -> None:
    children()
    asked = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SIGN_ONCE_AND_WAIT), stdout=asyncio.subprocess.PIPE
    )
    assert asked.stdout is not None
    number = int(await asked.stdout.readline())
    assert is_alive(number)

    asked.kill()
    await asked.wait()

    async with asyncio.timeout(10):
        while is_alive(number):  # noqa: ASYNC110 (nobody tells us)
            await asyncio.sleep(0.01)


def is_alive(number: int) -> bool:
    """Tell whether a process runs; one that is dead may wait to be taken notice of."""
    try:
        stat = Path(f"/proc/{number}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
