"""A letter that somebody posts leaves a running service within seconds."""

import asyncio
from datetime import timedelta
from pathlib import Path

from publisher.config import load_config
from publisher.rendering.letter_samples import sample_facts
from publisher.scheduler import Role, Scheduler
from publisher.service import open_service
from publisher.store import letters
from publisher.store.letters import NewLetter

CONFIG = """
[site]
title = "Газета"
url = "https://gazeta.example"
languages = ["ru"]
[store]
url = "{url}"
[web]
base_url = "https://news.gazeta.example"
secret = "not much of a secret, but long enough"
[mail]
maildir = "outbox"
sender = "news@gazeta.example"
"""


async def test_a_letter_leaves_soon_after_it_was_posted(
    tmp_path: Path, sqlite_url: str
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.format(url=sqlite_url), encoding="utf-8")
    service = open_service(load_config(file, {}), tmp_path)
    scheduler = Scheduler(service=service, roles=frozenset({Role.SEND}))
    scheduler.start()
    now = service.clock.now()
    new = NewLetter(
        once="confirm-1",
        kind="confirm",
        email="a@reader.example",
        language="ru",
        facts=sample_facts("ru")["confirm"],
        expires_at=now + timedelta(days=7),
    )
    try:
        service.store.transact(letters.post, new, now)
        new_mail = service.outbox / "new"
        async with asyncio.timeout(20):
            while not (new_mail.is_dir() and list(new_mail.iterdir())):  # noqa: ASYNC110 (a folder tells nobody)
                await asyncio.sleep(0.05)
    finally:
        await scheduler.stop()
        service.close()

    (mail,) = new_mail.iterdir()
    assert b"X-Mailru-Msgtype: letterconfirm" in mail.read_bytes()
