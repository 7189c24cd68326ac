"""Look at everything a configuration leans on, without changing anything."""

import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher.config import Config
from publisher.digests.addressing import Addressing
from publisher.errors import PublisherError
from publisher.model.content import DigestContent
from publisher.model.digest import DigestRule
from publisher.model.token import TokenKeys
from publisher.rendering.digest import render_digest
from publisher.rendering.templates import Renderer
from publisher.service import settings
from publisher.service.keeping import signing_secret, store_url
from publisher.service.opening import check_languages, check_zones
from publisher.store.migrate import inspect_store
from publisher.store.segments import SegmentText

__all__ = ["examine"]

Finding = tuple[str, bool, str]
"""What was looked at, whether it is good, and the detail or remedy."""

SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)

PATIENCE = 5.0
"""Seconds to wait for a relay."""


def examine(config: Config, root: Path) -> list[Finding]:
    """Return what was found; nothing is created, migrated or sent."""
    findings: list[Finding] = []
    for what, look in (
        ("time zones", _zones),
        ("secret", _secret),
        ("store", _store),
        ("templates", _templates),
        ("mail", _mail),
    ):
        try:
            findings.append((what, True, look(config, root)))
        except (PublisherError, OSError) as error:
            findings.append((what, False, str(error)))
    return [*findings, *_sources(config, root), *_outputs(config, root)]


def _zones(config: Config, root: Path) -> str:
    del root
    check_zones()
    return f"up to date, {config.site.zone} is known"


def _secret(config: Config, root: Path) -> str:
    file = root / config.web.secret_file
    if config.web.secret is None and not file.exists():
        return f"will be made in {file} at the first start"
    signing_secret(config, root)
    return "is there"


def _store(config: Config, root: Path) -> str:
    return inspect_store(store_url(config, root))


def _templates(config: Config, root: Path) -> str:
    del root
    renderer = Renderer()
    check_languages(config, renderer)
    names = settings.addressing(config, TokenKeys({1: b""}, 1), b"not a secret")
    for digest in config.digest:
        rule = settings.digest_rule(digest)
        for code in config.site.languages:
            _try_digest(config, renderer, names, rule, code)
    return f"every digest can be made in {', '.join(config.site.languages)}"


def _try_digest(
    config: Config, renderer: Renderer, names: Addressing, rule: DigestRule, code: str
) -> None:
    """Make an empty digest, as far as it can be made without a reader."""
    content = DigestContent(
        digest_key=rule.key,
        title=rule.title(code),
        language=code,
        dated=SOME_DAY.date(),
        sections=(),
    )
    message = render_digest(
        renderer,
        content,
        site=settings.mail_site(config, code),
        zone=ZoneInfo(config.site.zone),
        look=settings.look(config),
    )
    text = SegmentText(
        content_key="",
        language=code,
        selection_id=0,
        subject=message.subject,
        text=message.text,
        html=message.html,
        frame=names.frame(rule, code),
        article_ids=(),
    )
    names.compile(text, rule.key, 1, SOME_DAY)


def _mail(config: Config, root: Path) -> str:
    mail = config.mail
    if mail.transport == "maildir":
        folder = root / mail.maildir
        if not _may_be_written(folder):
            msg = f"mail.maildir: {folder} cannot be written to"
            raise PermissionError(msg)
        return f"messages are written to {folder}, none is sent"
    smtp = mail.smtp
    try:
        socket.create_connection((smtp.host, smtp.port), PATIENCE).close()
    except OSError as error:
        msg = (
            f"relay {smtp.host}:{smtp.port} does not answer: {error};"
            " check mail.smtp.host and port"
        )
        raise OSError(msg) from error
    return f"relay {smtp.host}:{smtp.port} answers"


def _sources(config: Config, root: Path) -> Iterator[Finding]:
    for source in config.source:
        folder = root / source.folder
        is_good = folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)
        detail = f"{folder} is readable" if is_good else f"{folder} cannot be read"
        yield f"source {source.name}", is_good, detail


def _outputs(config: Config, root: Path) -> Iterator[Finding]:
    for output in config.output:
        folder = root / output.folder
        is_good = _may_be_written(folder)
        detail = (
            f"{folder} is writable" if is_good else f"{folder} cannot be written to"
        )
        yield f"output {output.name}", is_good, detail


def _may_be_written(folder: Path) -> bool:
    """Tell whether files can be made in a folder, or the folder itself."""
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    return nearest.is_dir() and os.access(nearest, os.W_OK)
