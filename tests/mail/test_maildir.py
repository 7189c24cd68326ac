"""A Maildir holds each delivery once, complete or not at all, and is read with care."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publisher.mail.maildir import MaildirTransport, file_name
from publisher.mail.maildir_reader import MaildirReader
from publisher.mail.message import compile_message
from publisher.mail.transport import Envelope
from publisher.model.reply import Kind
from tests.mail.samples import KAZAKH, RUSSIAN, a_reader

DIGEST = compile_message(RUSSIAN).for_reader(a_reader())


def an_envelope(key: str = "d1842", message: bytes = DIGEST) -> Envelope:
    return Envelope("b@news.example", "oqyrman@mail.example", message, key)


async def yes() -> bool:
    return True


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def test_a_delivery_written_twice_is_one_file(tmp_path: Path) -> None:
    transport = MaildirTransport(tmp_path)

    first = await transport.send(an_envelope(), yes)
    again = await transport.send(an_envelope(), yes)

    assert first == again
    assert first.kind is Kind.SENT
    assert first.text == "new/d1842.eml"
    assert files(tmp_path) == ["d1842.eml"]


async def test_nothing_is_left_behind_in_tmp(tmp_path: Path) -> None:
    transport = MaildirTransport(tmp_path)
    for number in range(5):
        await transport.send(an_envelope(f"d{number}"), yes)

    assert list((tmp_path / "tmp").iterdir()) == []
    assert len(list((tmp_path / "new").iterdir())) == 5


@pytest.mark.parametrize(
    "key",
    ["../../evil", "/etc/passwd", "", ".", "a/b", "a:2,S", "A", "ключ", "x" * 300],
)
async def test_no_key_leads_out_of_the_folder(tmp_path: Path, key: str) -> None:
    await MaildirTransport(tmp_path / "outbox").send(an_envelope(key), yes)

    (name,) = files(tmp_path)
    assert (tmp_path / "outbox/new" / name).is_file()
    assert name == file_name(key)


def test_different_keys_have_different_names() -> None:
    keys = ["d1", "D1", "d1.eml", "d-1", "d 1", "", file_name("D1"), "Д1"]

    assert len({file_name(key).lower() for key in keys}) == len(keys)


async def test_a_folder_that_cannot_be_written_is_the_relays_trouble(
    tmp_path: Path,
) -> None:
    (tmp_path / "outbox").write_text("a file, not a folder")

    outcome = await MaildirTransport(tmp_path / "outbox").send(an_envelope(), yes)

    assert outcome.kind is Kind.RELAY
    assert "cannot write to the Maildir" in outcome.text


async def test_a_message_that_cannot_be_moved_leaves_nothing(tmp_path: Path) -> None:
    transport = MaildirTransport(tmp_path)
    (tmp_path / "new" / "d1842.eml").mkdir(parents=True)

    outcome = await transport.send(an_envelope(), yes)

    assert outcome.kind is Kind.RELAY
    assert files(tmp_path) == []


async def test_the_newest_messages_come_first(tmp_path: Path) -> None:
    transport = MaildirTransport(tmp_path)
    for number in range(5):
        await transport.send(an_envelope(f"d{number}"), yes)
        stamp = 1_745_000_000 + number
        os.utime(tmp_path / "new" / f"d{number}.eml", (stamp, stamp))

    heads = MaildirReader(tmp_path).newest(3)

    assert [head.name for head in heads] == ["d4.eml", "d3.eml", "d2.eml"]
    assert heads[0].written_at == datetime.fromtimestamp(1_745_000_004, UTC)


async def test_a_message_is_read_as_its_reader_sees_it(tmp_path: Path) -> None:
    digest = compile_message(KAZAKH).for_reader(a_reader())
    await MaildirTransport(tmp_path).send(an_envelope("d7", digest), yes)

    found = MaildirReader(tmp_path).find("d7.eml")

    assert found is not None
    assert found.head.subject == KAZAKH.subject
    assert found.head.sender == "Дала хабаршысы <news@mail.vestnik.example>"
    assert found.head.recipient == "o'qyrman@mail.example"
    assert found.head.dated_at == datetime(2025, 4, 28, 3, 0, tzinfo=UTC)
    assert found.head.size == len(digest)
    assert found.raw == digest
    assert found.text.startswith("Дала хабаршысы, дүйсенбі")
    assert "https://vestnik.example/u/k3jq7v2m" in found.text
    assert "<h1>Дүйсенбі, 28 сәуір</h1>" in found.html
    assert dict(found.headers)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_a_message_opened_by_a_mail_program_is_still_found(
    tmp_path: Path,
) -> None:
    await MaildirTransport(tmp_path).send(an_envelope("d7"), yes)
    (tmp_path / "new/d7.eml").rename(tmp_path / "cur/d7.eml:2,S")

    reader = MaildirReader(tmp_path)

    assert [head.name for head in reader.newest()] == ["d7.eml:2,S"]
    assert reader.find("d7.eml:2,S") is not None


@pytest.mark.parametrize(
    "name",
    ["../secret", "..", ".", "", "/etc/passwd", "new/d7.eml", "d7.eml\0", ".hidden"],
)
async def test_only_a_plain_name_finds_a_message(tmp_path: Path, name: str) -> None:
    await MaildirTransport(tmp_path / "outbox").send(an_envelope("d7"), yes)
    (tmp_path / "outbox/secret").write_text("Subject: secret\n\n")
    (tmp_path / "outbox/new/.hidden").write_text("Subject: hidden\n\n")

    assert MaildirReader(tmp_path / "outbox").find(name) is None


def test_links_folders_and_pipes_are_no_messages(tmp_path: Path) -> None:
    new = tmp_path / "outbox/new"
    new.mkdir(parents=True)
    (tmp_path / "secret").write_text("Subject: secret\n\n")
    (new / "link.eml").symlink_to(tmp_path / "secret")
    (new / "folder.eml").mkdir()
    os.mkfifo(new / "pipe.eml")

    reader = MaildirReader(tmp_path / "outbox")

    assert reader.newest() == ()
    for name in ("link.eml", "folder.eml", "pipe.eml"):
        assert reader.find(name) is None


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    reader = MaildirReader(tmp_path / "nowhere")

    assert reader.newest() == ()
    assert reader.find("d1.eml") is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0\xff\xfe",
        b"Subject: =?x-unknown?B?0J/Rgw==?=\n\nbody",
        b"Subject: =?UTF-8?B?0?=\nDate: not a date\n\nbody",
        b"Subject: \xd0\x9f\nDate: Mon, 99 Foo 9999 99:99:99 +9999\n\n\xff",
        b"Content-Type: text/plain; charset=x-nothing\n\n\xd0\x9f",
        b"Content-Type: multipart/mixed\n\n--\n\n--x--\n",
        b"Content-Transfer-Encoding: base64\n\n!!!",
    ],
)
def test_a_damaged_message_is_shown_as_well_as_can_be(
    tmp_path: Path, raw: bytes
) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new/d1.eml").write_bytes(raw)

    found = MaildirReader(tmp_path).find("d1.eml")

    assert found is not None
    assert found.raw == raw
    (found.text + found.html).encode("utf-8", "surrogateescape")


def test_a_huge_message_is_read_in_part(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new/d1.eml").write_bytes(b"Subject: x\n\n" + b"a" * 6 * 1024 * 1024)

    found = MaildirReader(tmp_path).find("d1.eml")

    assert found is not None
    assert len(found.raw) == 5 * 1024 * 1024
    assert found.head.size > len(found.raw)
