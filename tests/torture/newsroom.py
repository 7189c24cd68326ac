"""A newsroom on disk whose edition is planned and waits for workers."""

from datetime import timedelta
from pathlib import Path

from publisher.audience.choosing import Wish, choice_of
from publisher.config import load_config
from publisher.model.article import Byline, IncomingArticle
from publisher.service import Service, open_service
from publisher.store import Transaction, readers, sources
from publisher.store.articles import Arrival, take_in
from publisher.store.readers import Consent

__all__ = ["plan_edition", "write_config"]

CONFIG = """
[site]
title = "Газета"
url = "https://gazeta.example"
languages = ["ru"]
zone = "Asia/Almaty"
authority = "gazeta.example"

[store]
url = "{url}"

[[rubric]]
key = "novosti"
names = {{ ru = "Новости" }}

[[digest]]
key = "srazu"
title = "Сразу"
frequency = "instant"
max_lateness = 300
max_articles = 60

[mail]
transport = "smtp"
sender = "news@gazeta.example"
return_address = "bounces+@gazeta.example"

[mail.smtp]
host = "{host}"
port = {port}
security = "none"
connections = {connections}
messages_per_connection = {per_connection}

[mail.pace]
look_up_exchangers = false
{signing}{evidence}
[web]
base_url = "https://news.gazeta.example"
secret = "not much of a secret, but long enough"
"""

EVIDENCE = """
[[mail.evidence]]
name = "relay"
kind = "postfix-log"
path = "{log}"
complete = true
"""


def write_config(
    folder: Path,
    url: str,
    host: str,
    *,
    port: int = 25,
    connections: int = 50,
    per_connection: int = 1000,
    key_file: str = "",
    log: str = "",
) -> Path:
    """Write the configuration of a newsroom that sends through one relay.

    `log` is that of the relay, which is complete.
    """
    signing = f'\n[mail.dkim]\nkey_file = "{key_file}"\n' if key_file else ""
    evidence = EVIDENCE.format(log=log) if log else ""
    text = CONFIG.format(
        url=url,
        host=host,
        port=port,
        connections=connections,
        per_connection=per_connection,
        signing=signing,
        evidence=evidence,
    )
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def plan_edition(file: Path, count: int, articles: int = 1, letters: int = 200) -> None:
    """Subscribe readers, take articles in, and give every reader a delivery."""
    service = open_service(load_config(file, {}), file.parent)
    try:
        service.store.transact(_join, service, count)
        for number in range(articles):
            service.store.transact(_publish, service, number, letters)
        assert service.planner.sweep() == 1
    finally:
        service.close()


def _join(tx: Transaction, service: Service, count: int) -> None:
    now = service.clock.now()
    said = Consent(event="given", origin="test", wording="Да, присылайте.", at=now)
    wish = Wish(digest="srazu")
    choice = choice_of(wish, service.rules, service.tree, ("ru",), "Asia/Almaty")
    for number in range(count):
        email = f"r{number}@reader.example"
        kept = readers.keep_subscriber(tx, email, email, "ru", "Asia/Almaty", now)
        readers.subscribe(tx, kept, choice, said, cursor=0)


def _publish(tx: Transaction, service: Service, number: int, letters: int) -> None:
    now = service.clock.now()
    lead = f"Коротко о том, что случилось под номером {number}. " * (letters // 45 + 1)
    incoming = IncomingArticle(
        source_id=str(number),
        language="ru",
        title=f"Заголовок {number}",
        lead=lead[:letters],
        body_html=f"<p>Подробно о {number}.</p>",
        published_at=now - timedelta(minutes=number + 1),
        url=f"https://gazeta.example/ru/{number}",
        rubrics=("novosti",),
        bylines=(Byline("Соб. инф."),),
    )
    arrival = Arrival(
        source_id=sources.open_source(tx, "torture").id,
        path=f"{number}.md",
        uid=f"tag:gazeta.example,2026:{number}",
        incoming=incoming,
    )
    take_in(tx, arrival, service.tree, now)
