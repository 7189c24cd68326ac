"""Leaving by mail, as the configuration says."""

from pathlib import Path

from publisher.audience.leave_mails import LeaveMails
from publisher.audience.leaving import Leaving
from publisher.config import Config
from publisher.errors import PublisherError
from publisher.service.opening import Service

__all__ = ["examine_leaving", "make_leave_mails"]


def make_leave_mails(service: Service) -> LeaveMails | None:
    """Return what reads the mail to the leave address, None where there is none."""
    mail = service.config.mail
    if not mail.leave_maildir:
        return None
    return LeaveMails(
        leaving=Leaving(service.membership, has_letter=mail.goodbye),
        folder=service.root / mail.leave_maildir,
        secrets=tuple(service.tokens.keys.values()),
    )


def examine_leaving(config: Config, root: Path) -> str:
    """Say how readers leave; raises PublisherError where a mailbox cannot be read."""
    mail = config.mail
    if not mail.leave_maildir:
        return "readers leave by link and one click; by mail with mail.leave_address"
    folder = root / mail.leave_maildir
    if not (folder / "new").is_dir():
        msg = (
            f"mail.leave_maildir: {folder} is no Maildir that can be read; correct the"
            " path, or make it (maildirmake)"
        )
        raise PublisherError(msg)
    return f"readers leave by link, one click, and mail to {mail.leave_address}"
