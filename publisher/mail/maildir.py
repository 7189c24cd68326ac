"""Messages into a Maildir: the transport for development, and for relays that read one.

A file's name comes from the delivery's key, so writing a delivery again replaces the
same bytes and never makes a second message.
"""

import asyncio
import os
import re
import tempfile
from hashlib import sha256
from pathlib import Path

from typing_extensions import override

from publisher.errors import TransportError
from publisher.mail.transport import Begin, Envelope, Transport
from publisher.model.reply import Kind, Outcome, Phase

__all__ = ["MaildirTransport", "file_name"]

_PLAIN_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")


def file_name(key: str) -> str:
    """Return the name of a delivery's file, safe whatever the key holds."""
    if _PLAIN_KEY.fullmatch(key):
        return f"{key}.eml"
    return f"{sha256(key.encode('utf-8', 'replace')).hexdigest()}.key.eml"


class MaildirTransport(Transport):
    """Write each message to `tmp/` and, once it is on the disk, move it to `new/`."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it and its three parts are made with the first message."""
        self._folder = folder
        self._is_closed = False

    @override
    async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
        """Write one message; a disk that fails is an outcome, not an exception."""
        if self._is_closed:
            msg = f"the Maildir {self._folder} is closed; open a new transport"
            raise TransportError(msg)
        if not await begin():
            return Outcome(kind=Kind.STOPPED, phase=Phase.DATA, text="withdrawn")
        return await asyncio.to_thread(self._deliver, envelope)

    @override
    async def close(self) -> None:
        """Take no more messages."""
        self._is_closed = True

    def _deliver(self, envelope: Envelope) -> Outcome:
        name = file_name(envelope.key)
        try:
            self._write(name, envelope.message)
        except OSError as error:
            # Writing it again makes no second message, so this is no doubt; any other
            # message would fail as well, so it is not the reader's trouble either.
            return Outcome(
                kind=Kind.RELAY,
                phase=Phase.DATA,
                text=f"cannot write to the Maildir {self._folder}: {error}",
            )
        return Outcome(kind=Kind.SENT, phase=Phase.DOT, code=250, text=f"new/{name}")

    def _write(self, name: str, message: bytes) -> None:
        for part in ("tmp", "new", "cur"):
            (self._folder / part).mkdir(parents=True, exist_ok=True)
        handle, written = tempfile.mkstemp(prefix=f"{name}.", dir=self._folder / "tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(message)
                file.flush()
                os.fsync(file.fileno())
            Path(written).replace(self._folder / "new" / name)
        except BaseException:
            Path(written).unlink(missing_ok=True)
            raise
        _sync_folder(self._folder / "new")


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
