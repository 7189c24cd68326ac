"""A log is read on, not again, whatever rotation does to its files."""

import gzip
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from publisher.mail.evidence.evidence import Notes, Ours, Question, Says
from publisher.mail.evidence.log_files import find_files, offset_at
from publisher.mail.evidence.postfix_lines import time_of
from publisher.mail.evidence.postfix_log import PostfixLog
from publisher.mail.message_id import make_message_id
from publisher.mail.message_name import DeliveryName

SECRET = b"k" * 32
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
NAME = DeliveryName(1)
QUESTION = Question(name=NAME, begun_at=NOON, ended_at=NOON + 10 * SECOND)


def write(path: Path, at: datetime, *said: str) -> None:
    with path.open("a", encoding="utf-8") as log:
        log.writelines(f"{at.isoformat()} mx1 postfix/{line}\n" for line in said)
    os.utime(path, (at.timestamp(), at.timestamp()))


def named(queue_id: str, delivery: int = 1) -> str:
    written = make_message_id(f"{delivery}-7", SECRET, "gazeta.example")
    return f"cleanup[8]: {queue_id}: message-id={written}"


def taken(queue_id: str) -> str:
    return f"qmgr[9]: {queue_id}: from=<b@gazeta.example>, size=9, nrcpt=1"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return a log with something in it from before noon."""
    path = tmp_path / "mail.log"
    write(path, NOON - HOUR, "anvil[3]: statistics: max connection rate 1/60s")
    return path


def evidence(log: Path, *, is_complete: bool = False) -> PostfixLog:
    return PostfixLog(
        name="relay", path=log, ours=Ours((SECRET,)), is_complete=is_complete
    )


def test_a_message_that_only_began_to_come_in_is_not_taken(log: Path) -> None:
    write(log, NOON, named("4F9D195432C"))

    heard, _ = evidence(log).hear([QUESTION], {})

    assert heard == {}


def test_what_was_refused_after_its_content_was_not_taken(log: Path) -> None:
    rejected = "cleanup[8]: 4F9D195432C: milter-reject: END-OF-MESSAGE from x: 5.7.1 no"
    write(log, NOON, named("4F9D195432C"), rejected)

    heard, _ = evidence(log).hear([QUESTION], {})

    assert heard[NAME].says is Says.NOT_ACCEPTED
    assert "milter-reject" in heard[NAME].detail


def test_what_came_back_has_bounced_whatever_was_said_before(log: Path) -> None:
    said = "to=<a@reader.example>, relay=mx[192.0.2.7]:25, dsn=5.1.1, status=bounced"
    bounced = f"smtp[7]: 4F9D195432C: {said} (no such user)"
    write(log, NOON, named("4F9D195432C"), taken("4F9D195432C"), bounced)

    heard, _ = evidence(log).hear([QUESTION], {})

    assert heard[NAME].says is Says.BOUNCED
    assert "status=bounced" in heard[NAME].detail


def test_an_earlier_attempt_that_was_refused_says_nothing_of_this_one(
    log: Path,
) -> None:
    rejected = "cleanup[8]: 4F9D195432C: milter-reject: END-OF-MESSAGE from x: 4.7.1 no"
    write(log, NOON - HOUR, named("4F9D195432C"), rejected)
    write(log, NOON, named("4F9D195432D"))

    heard, _ = evidence(log).hear([QUESTION], {})

    assert heard == {}


def test_a_queue_id_that_is_used_again_is_another_message(log: Path) -> None:
    write(log, NOON, named("4F9D195432C"))
    write(log, NOON + SECOND, "smtpd[3]: 4F9D195432C: client=x[::1]")
    write(log, NOON + 2 * SECOND, taken("4F9D195432C"))

    heard, _ = evidence(log).hear([QUESTION], {})

    assert heard == {}


def rename(log: Path) -> None:
    log.rename(log.with_name("mail.log.1"))


def compress(log: Path) -> None:
    packed = log.with_name("mail.log-20260302.gz")
    with gzip.open(packed, "wb") as out:
        out.write(log.read_bytes())
    shutil.copystat(log, packed)
    log.unlink()


def copy_and_truncate(log: Path) -> None:
    shutil.copy2(log, log.with_name("mail.log.1"))
    log.write_bytes(b"")


@pytest.mark.parametrize("rotate", [rename, compress, copy_and_truncate])
@pytest.mark.parametrize("is_asked_before", [True, False])
def test_a_message_is_found_across_a_rotation(
    log: Path,
    rotate: Callable[[Path], None],
    is_asked_before: bool,  # noqa: FBT001 (a parameter)
) -> None:
    notes: Notes = {}
    write(log, NOON, named("4F9D195432C"))
    if is_asked_before:
        _, notes = evidence(log).hear([QUESTION], {})
    rotate(log)
    write(log, NOON + SECOND, taken("4F9D195432C"))

    heard, _ = evidence(log).hear([QUESTION], notes)

    assert heard[NAME].says is Says.ACCEPTED


def test_reading_goes_on_where_it_ended(log: Path) -> None:
    write(log, NOON, named("4F9D195432C"))
    _, notes = evidence(log).hear([QUESTION], {})
    size = log.stat().st_size
    damaged = log.read_bytes()
    head = damaged.index(b"\n") + 1
    log.write_bytes(damaged[:head] + b"x" * (size - head - 1) + b"\n")
    write(log, NOON + SECOND, taken("4F9D195432C"))

    heard, _ = evidence(log).hear([QUESTION], notes)

    assert heard[NAME].says is Says.ACCEPTED, "what was read is not read again"


def test_a_line_that_is_half_written_is_read_when_it_is_whole(log: Path) -> None:
    write(log, NOON, named("4F9D195432C"))
    line = f"{NOON.isoformat()} mx1 postfix/{taken('4F9D195432C')}\n"
    with log.open("a") as out:
        out.write(line[:40])
    before, notes = evidence(log).hear([QUESTION], {})
    with log.open("a") as out:
        out.write(line[40:])

    heard, _ = evidence(log).hear([QUESTION], notes)

    assert before == {}
    assert heard[NAME].says is Says.ACCEPTED


def test_a_time_in_a_large_log_is_found_by_halving(log: Path) -> None:
    with log.open("a", encoding="utf-8") as out:
        for number in range(20_000):
            at = (NOON - HOUR + number * SECOND).isoformat()
            out.write(f"{at} mx1 postfix/smtpd[3]: connect from x[192.0.2.{number}]\n")
    [file] = find_files(log)
    looked: list[str] = []

    def watched(line: str) -> datetime | None:
        looked.append(line)
        return time_of(line, None, NOON)

    offset = offset_at(file, NOON, watched)

    text = log.read_bytes()
    first = time_of(text[offset:].decode().partition("\n")[0], None, NOON)
    assert first is not None
    assert NOON - 20 * 60 * SECOND < first <= NOON
    assert len(looked) < 30


def test_times_without_a_zone_prove_no_absence(log: Path) -> None:
    log.write_text("")
    for at in ("Mar  2 10:00:00", "Mar  2 18:00:00"):
        with log.open("a") as out:
            out.write(f"{at} mx1 postfix/anvil[3]: statistics: x\n")
    os.utime(log, ((NOON + HOUR).timestamp(), (NOON + HOUR).timestamp()))
    blind = evidence(log, is_complete=True)
    seeing = PostfixLog(
        name="relay",
        path=log,
        ours=Ours((SECRET,)),
        zone=ZoneInfo("Asia/Almaty"),
        is_complete=True,
    )

    assert blind.hear([QUESTION], {})[0] == {}
    assert seeing.hear([QUESTION], {})[0][NAME].says is Says.NOT_ACCEPTED


def test_a_file_that_is_broken_is_a_gap_that_proves_nothing(log: Path) -> None:
    write(log, NOON, "qmgr[9]: AAAAAAAA: removed")
    compress(log)
    packed = log.with_name("mail.log-20260302.gz")
    data = packed.read_bytes()
    packed.write_bytes(data[:-9])
    os.utime(packed, (NOON.timestamp(), NOON.timestamp()))
    write(log, NOON + HOUR, "anvil[3]: statistics: x")

    heard, _ = evidence(log, is_complete=True).hear([QUESTION], {})

    assert heard == {}


def test_a_line_without_end_is_passed_over(log: Path) -> None:
    with log.open("a") as out:
        out.write("x" * 200_000 + "\n")
    write(log, NOON, named("4F9D195432C"), taken("4F9D195432C"))

    heard, _ = evidence(log).hear([QUESTION], {})

    assert heard[NAME].says is Says.ACCEPTED
