"""What the log tells when recurring work cannot ask the store."""

import asyncio
import logging
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from publisher.config import load_config
from publisher.scheduler import Role, Scheduler
from publisher.service import open_service

CONFIG = """
[site]
title = "Газета"
url = "https://gazeta.example"
[web]
base_url = "https://news.gazeta.example"
secret = "not much of a secret, but long enough"
[mail]
maildir = "outbox"
sender = "news@gazeta.example"
[store]
url = "{url}"
"""


async def told_of(
    work_url: str, statement: str, folder: Path, caplog: pytest.LogCaptureFixture
) -> logging.LogRecord:
    """Let recurring work ask a database; return what the log tells of it first."""
    file = folder / "config.toml"
    url = f"sqlite:///{folder}/publisher.db"
    file.write_text(CONFIG.format(url=url), encoding="utf-8")
    service = open_service(load_config(file, {}), folder)
    engine = create_engine(work_url)

    async def ask() -> None:
        with engine.connect() as connection:
            connection.execute(text(statement))

    chores = {"count readers": ask}
    scheduler = Scheduler(service=service, roles=frozenset[Role](), chores=chores)
    scheduler.start()
    try:
        async with asyncio.timeout(20):
            while not (told := _failed(caplog)):  # noqa: ASYNC110 (a log tells nobody)
                await asyncio.sleep(0.01)
    finally:
        await scheduler.stop()
        service.close()
        engine.dispose()
    return told[0]


def _failed(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [r for r in caplog.records if r.getMessage().startswith("tick.failed")]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("sqlite:////nowhere/publisher.db", "unable to open database file"),
        ("postgresql+psycopg://nobody@127.0.0.1:1/none", "connection failed"),
    ],
)
async def test_a_store_that_is_away_is_told_in_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, url: str, why: str
) -> None:
    told = await told_of(url, "select 1", tmp_path, caplog)

    message = told.getMessage()
    start = "tick.failed name=count readers reason=the store cannot be asked: "
    assert message.startswith(start + why)
    assert message.endswith("; the next tick tries again")
    assert "\n" not in message
    assert told.exc_info is None


async def test_a_statement_that_is_wrong_is_told_with_its_traceback(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told = await told_of("sqlite://", "select nothing", tmp_path, caplog)

    assert told.exc_info is not None
