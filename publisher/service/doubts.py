"""What ends doubts, as the configuration says."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher.config import Config
from publisher.config.doubt import Evidence as EvidenceSettings
from publisher.digests.doubts import Doubts
from publisher.mail.evidence.evidence import Evidence, Ours
from publisher.mail.evidence.mailbox import ReportMailbox
from publisher.mail.evidence.postfix_log import PostfixLog
from publisher.service.opening import Service

__all__ = ["examine_evidence", "make_doubts"]


def make_doubts(service: Service) -> Doubts:
    """Return the messages in doubt with what the configuration says of them."""
    doubt = service.config.mail.doubt
    ours = Ours(tuple(service.tokens.keys.values()))
    return Doubts(
        store=service.store,
        clock=service.clock,
        evidence=tuple(
            _evidence(settings, service.root, ours)
            for settings in service.config.mail.evidence
        ),
        resends=doubt.policy == "resend",
        patience=timedelta(minutes=doubt.wait),
    )


def _evidence(settings: EvidenceSettings, root: Path, ours: Ours) -> Evidence:
    path = root / settings.path
    if settings.kind == "maildir":
        return ReportMailbox(
            name=settings.name, path=path, ours=ours, is_complete=settings.complete
        )
    return PostfixLog(
        name=settings.name,
        path=path,
        ours=ours,
        zone=ZoneInfo(settings.zone) if settings.zone else None,
        is_complete=settings.complete,
    )


def examine_evidence(config: Config, root: Path) -> str:
    """Say what is asked about doubts; raises PublisherError where it cannot be read."""
    policy = config.mail.doubt.policy
    for settings in config.mail.evidence:
        _evidence(settings, root, Ours(())).hear((), {})
    names = ", ".join(settings.name for settings in config.mail.evidence)
    asked = f"evidence is {names}" if names else "there is no evidence"
    otherwise = "sent again" if policy == "resend" else "held"
    return f"{asked}; otherwise messages in doubt are {otherwise}"
