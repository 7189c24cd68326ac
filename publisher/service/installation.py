"""Which machine and folder this is."""

import hashlib
import socket
from pathlib import Path

from publisher.clock import Clock, SystemClock
from publisher.config import Config
from publisher.digests.installation import REMEDY, Installation
from publisher.errors import PublisherError, StoreError
from publisher.model.installation import Stop
from publisher.service.keeping import store_url
from publisher.store import Store
from publisher.store.migrate import check_store

__all__ = ["MEANINGS", "examine_sending", "make_installation"]

MACHINE_ID = Path("/etc/machine-id")

MEANINGS = {
    Stop.RESTORED: "the store is older than this installation remembers: a backup was"
    " restored, and what was sent since is not known",
    Stop.CLONED: "this is a copy of an installation on another machine or in another"
    " folder, and that one may go on sending",
    Stop.NEW: "this machine and folder have not sent from this store before, or their"
    " memory is lost",
}


def make_installation(
    config: Config, root: Path, store: Store, clock: Clock
) -> Installation:
    """Return this installation as the configuration names it."""
    settings = config.installation
    host = socket.gethostname()
    marks = (settings.name,) if settings.name else (_machine(), host, str(root))
    key = hashlib.sha256("\0".join(marks).encode()).hexdigest()[:32]
    return Installation(
        store=store,
        clock=clock,
        file=root / settings.file,
        host_key=key,
        name=settings.name or f"{host}:{root}",
    )


def _machine() -> str:
    try:
        return MACHINE_ID.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def examine_sending(config: Config, root: Path) -> str:
    """Say whether this installation may send; raises PublisherError when it may not."""
    url = store_url(config, root)
    try:
        check_store(url)
    except StoreError:
        return "is decided at the start"
    store = Store(url, threads=1)
    try:
        stop = make_installation(config, root, store, SystemClock()).look().stop
    finally:
        store.close()
    if stop is not None:
        msg = f"nothing is sent: {MEANINGS[stop]}; {REMEDY}"
        raise PublisherError(msg)
    return "this installation may send"
