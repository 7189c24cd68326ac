"""Who writes to the address in the header has left: once, whatever happens."""

import logging
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from os import utime
from pathlib import Path
from re import search

import pytest

from publisher.audience.leave_mails import LeaveMails
from publisher.audience.leaving import Leaving
from publisher.errors import PublisherError
from publisher.mail.leave_mail import leave_address
from publisher.store import Store, readers
from publisher.store.readers import Subscription
from publisher.store.schema.letters import letter
from publisher.store.schema.requests import leave_mail
from tests.digests.desk import Desk

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store=store, leave_address="leave+@gazeta.example")


class Mailbox:
    """The mailbox of the leave address, and processes that look into it."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        self.folder = folder
        self.count = 0
        for part in ("new", "cur", "tmp"):
            (folder / part).mkdir(parents=True)

    def reader(self, *, has_letter: bool = False) -> LeaveMails:
        return LeaveMails(
            leaving=Leaving(self.desk.membership, has_letter=has_letter),
            folder=self.folder,
            secrets=tuple(self.desk.tokens.keys.values()),
        )

    def deliver(self, to: str, *lines: str, name: str = "") -> Path:
        self.count += 1
        file = self.folder / "new" / (name or f"{self.count}.M1P2.host")
        head = [f"Received: from x; {self.count}", f"To: {to}", *lines]
        file.write_bytes("\r\n".join([*head, "", "Bye."]).encode())
        written = self.desk.clock.now().timestamp()
        utime(file, (written, written))
        return file

    def address_of(self, joined: Subscription) -> str:
        secret = self.desk.tokens.secret
        return leave_address(self.desk.leave_address, joined.id, secret)


@pytest.fixture
def mailbox(desk: Desk, tmp_path: Path) -> Mailbox:
    return Mailbox(desk, tmp_path / "leave")


def is_active(desk: Desk, joined: Subscription) -> bool:
    found = desk.membership.find(joined.id)
    return found is not None and found.is_active


async def test_the_address_of_the_header_unsubscribes(
    desk: Desk, mailbox: Mailbox
) -> None:
    joined, other = desk.join("a@reader.example"), desk.join("b@reader.example")
    desk.publish("one")
    await desk.run(HOUR)
    sent = {e.recipient: message_from_bytes(e.message) for e in desk.transport.sent}
    header = str(sent["a@reader.example"]["List-Unsubscribe"])
    found = search(r"^<https://\S+>,\s+<mailto:(\S+)>$", header)
    assert found is not None

    mailbox.deliver(found[1].replace("leave+", "Leave+").upper())
    tally = mailbox.reader().look()

    assert tally == {"left": 1}
    assert not is_active(desk, joined)
    assert is_active(desk, other)
    said = desk.store.query(readers.list_consent, joined.subscriber_id)
    assert (said[-1].event, said[-1].origin) == ("withdrawn", "mail")


async def test_a_retry_has_the_same_address_whatever_is_configured_since(
    desk: Desk,
) -> None:
    """Law 11."""
    desk.join("a@reader.example")
    desk.publish("one")
    desk.clock.move(HOUR)
    desk.planner.sweep()
    sender = desk.new_sender()
    sender.outlet.addressing = replace(desk.addressing, leave_address="")

    await sender.send_ready()

    (envelope,) = desk.transport.sent
    assert b"<mailto:leave+" in envelope.message


async def test_without_a_leave_address_the_header_is_as_before(store: Store) -> None:
    desk = Desk(store=store)
    desk.join("a@reader.example")
    desk.publish("one")

    await desk.run(HOUR)

    (envelope,) = desk.transport.sent
    head = message_from_bytes(envelope.message)
    assert "mailto:" not in head["List-Unsubscribe"]


def test_a_mail_counts_once_whatever_restarts_and_wherever_it_is_moved(
    desk: Desk, mailbox: Mailbox
) -> None:
    joined = desk.join("a@reader.example")
    desk.clock.move(HOUR)
    file = mailbox.deliver(mailbox.address_of(joined))
    reader = mailbox.reader()

    first = reader.look()
    again = reader.look()
    file.rename(mailbox.folder / "cur" / f"{file.name}:2,S")
    restarted = mailbox.reader().look()
    desk.join("a@reader.example")
    after_coming_back = mailbox.reader().look()

    assert first == {"left": 1}
    assert (again, restarted, after_coming_back) == ({}, {}, {})
    assert is_active(desk, joined)
    assert len(list(mailbox.folder.rglob("*host*"))) == 1


def test_a_mail_older_than_the_consent_is_outdated(
    desk: Desk, mailbox: Mailbox
) -> None:
    joined = desk.join("a@reader.example")
    desk.clock.move(HOUR)
    mailbox.deliver(mailbox.address_of(joined))
    desk.membership.leave(joined.id, origin="test")
    desk.clock.move(DAY)
    desk.join("a@reader.example")

    tally = mailbox.reader().look()

    assert tally == {"outdated": 1}
    assert is_active(desk, joined)


def test_who_has_left_or_was_erased_has_left(desk: Desk, mailbox: Mailbox) -> None:
    joined = desk.join("a@reader.example")
    desk.clock.move(HOUR)
    for _ in range(2):
        mailbox.deliver(mailbox.address_of(joined))
    secret = desk.tokens.secret
    mailbox.deliver(leave_address(desk.leave_address, 4711, secret))

    assert mailbox.reader().look() == {"left": 1, "gone": 2}


def test_what_is_not_understood_stays_is_told_of_and_stops_nobody(
    desk: Desk, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    """Law 19."""
    caplog.set_level(logging.INFO)
    joined = desk.join("a@reader.example")
    desk.clock.move(HOUR)
    mailbox.deliver("leave@gazeta.example", "Subject: please stop a@secret.example")
    address = mailbox.address_of(joined)
    mailbox.deliver(address, "Auto-Submitted: auto-replied")
    (mailbox.folder / "new" / "0.broken").write_bytes(b"\xff\x00\r\n\r\n")
    mailbox.deliver(address)

    tally = mailbox.reader().look()

    assert tally == {"left": 1, "passed": 3}
    assert not is_active(desk, joined)
    told = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert sorted(told) == [
        "leaving.not_understood name=0.broken reason=no token of ours",
        "leaving.not_understood name=1.M1P2.host reason=no token of ours",
    ]
    assert "secret.example" not in caplog.text
    assert len(list((mailbox.folder / "new").iterdir())) == 4


def test_a_subject_that_no_program_can_decode_stops_nobody_who_leaves(
    desk: Desk, mailbox: Mailbox
) -> None:
    """Law 19."""
    joined = desk.join("a@reader.example")
    desk.clock.move(HOUR)
    mailbox.deliver("leave@gazeta.example", "Subject: =?utf-8?b?abcde?=")
    mailbox.deliver(mailbox.address_of(joined))

    tally = mailbox.reader().look()

    assert tally == {"left": 1, "passed": 1}
    assert not is_active(desk, joined)


def test_what_cannot_be_recorded_is_handled_again(desk: Desk, mailbox: Mailbox) -> None:
    joined = desk.join("a@reader.example")
    desk.clock.move(HOUR)
    mailbox.deliver(mailbox.address_of(joined))
    broken = replace(desk.membership, clock=_NoClock())  # type: ignore[arg-type]
    reader = LeaveMails(
        leaving=Leaving(broken),
        folder=mailbox.folder,
        secrets=(desk.tokens.secret,),
    )
    with pytest.raises(RuntimeError):
        reader.look()

    assert mailbox.reader().look() == {"left": 1}


class _NoClock:
    def now(self) -> None:
        raise RuntimeError


def test_a_goodbye_is_written_where_it_is_switched_on(
    desk: Desk, mailbox: Mailbox
) -> None:
    joined = desk.join("a@reader.example")
    desk.clock.move(HOUR)
    for _ in range(2):
        mailbox.deliver(mailbox.address_of(joined))

    mailbox.reader(has_letter=True).look()

    def kinds(tx: object) -> list[str]:
        return [row.kind for row in tx.execute(letter.select())]  # type: ignore[attr-defined]

    assert desk.store.query(kinds) == ["goodbye"]


def test_a_folder_that_is_no_maildir_is_told_of(desk: Desk, tmp_path: Path) -> None:
    reader = LeaveMails(leaving=Leaving(desk.membership), folder=tmp_path, secrets=())

    with pytest.raises(PublisherError, match=r"correct mail\.leave_maildir"):
        reader.look()


def test_the_record_holds_nobody_s_address(desk: Desk, mailbox: Mailbox) -> None:
    joined = desk.join("a@reader.example")
    desk.clock.move(HOUR)
    mailbox.deliver(mailbox.address_of(joined), "From: a@reader.example")
    mailbox.deliver("nothing", "Auto-Submitted: a@reader.example")
    mailbox.reader().look()

    def rows(tx: object) -> str:
        return str(tx.execute(leave_mail.select()).all())  # type: ignore[attr-defined]

    assert "reader.example" not in desk.store.query(rows)
