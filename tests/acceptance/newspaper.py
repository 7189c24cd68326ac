"""The shared articles as a newspaper: its configuration, its readers, its oracle."""

import json
import random
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher.config import load_config
from publisher.service import Service, open_service

__all__ = ["ZONES", "Reader", "expected_articles", "open_newspaper", "some_readers"]

ZONES = (
    "Asia/Almaty",
    "Europe/Moscow",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Tokyo",
    "Pacific/Auckland",
    "Asia/Kathmandu",
)

HEAD = """
[site]
title = { ru = "Газета", kk = "Газет" }
url = "https://gazeta.example"
languages = ["ru", "kk"]
zone = "Asia/Almaty"
authority = "gazeta.example"

[store]
url = "sqlite:///publisher.db"

[[source]]
name = "wordpress"
folder = "articles"

[feeds]
items = 50

[[digest]]
key = "daily"
title = { ru = "Утро", kk = "Таң" }
frequency = "daily"
max_articles = 60
max_days = 400
first_days = 0

[mail]
transport = "smtp"
sender = "news@gazeta.example"

[mail.smtp]
host = "127.0.0.1"
port = PORT
security = "none"
connections = 8

[mail.pace]
look_up_exchangers = false

[retention]
deliveries = 500

[web]
base_url = "https://news.gazeta.example"
secret = "not much of a secret, but long enough"
"""


@dataclass(frozen=True)
class Reader:
    """One of the readers of the simulated week."""

    email: str
    rubrics: tuple[str, ...]
    zone: str
    hour: int
    language: str


def open_newspaper(
    articles: Path, folder: Path, clock: object, port: int = 25
) -> Service:
    """Open a service over a copy of the shared articles, with their rubric tree."""
    (folder / "articles").mkdir()
    shutil.copy2(articles / "articles.jsonl", folder / "articles")
    text = [HEAD.replace("PORT", str(port))]
    for node in json.loads((articles / "rubrics.json").read_text("utf-8")):
        parent = f'parent = "{node["parent"]}"\n' if node["parent"] else ""
        text.append(
            f'[[rubric]]\nkey = "{node["slug"]}"\n{parent}'
            f"names = {{ ru = {json.dumps(node['ru'], ensure_ascii=False)},"
            f" kk = {json.dumps(node['kk'], ensure_ascii=False)} }}\n"
            f'aliases = ["kk-{node["slug"]}"]\n'
        )
    file = folder / "config.toml"
    file.write_text("\n".join(text), encoding="utf-8")
    return open_service(load_config(file, {}), folder, clock)  # type: ignore[arg-type]


def some_readers(count: int, rubrics: list[str]) -> list[Reader]:
    """Return readers with tastes, zones and hours of their own, always the same."""
    chance = random.Random(20250428)
    return [
        Reader(
            email=f"reader{number}@reader.example",
            rubrics=tuple(chance.sample(rubrics, chance.choice((0, 1, 1, 2, 3)))),
            zone=chance.choice(ZONES),
            hour=chance.randrange(24),
            language=chance.choice(("ru", "ru", "kk")),
        )
        for number in range(count)
    ]


def expected_articles(
    reader: Reader,
    lines: list[dict[str, object]],
    parents: dict[str, str | None],
    *,
    joined_at: datetime,
    until: datetime,
) -> set[str]:
    """Say from the raw data which articles a reader must have got by a moment.

    Published after joining, in a chosen subtree and language, and not later than the
    reader's last hour before `until`.
    """
    zone = ZoneInfo(reader.zone)
    last = until.astimezone(zone).replace(hour=reader.hour, minute=0, second=0)
    if last > until:
        last -= timedelta(days=1)
    expected = set()
    for line in lines:
        published = datetime.fromisoformat(str(line["published"]))
        if line["lang"] != reader.language or not joined_at < published <= last:
            continue
        slugs = line["rubric_slugs"]
        assert isinstance(slugs, list)
        key: str | None = str(slugs[-1]).removeprefix("kk-")
        lineage = set()
        while key is not None:
            lineage.add(key)
            key = parents[key]
        if not reader.rubrics or lineage.intersection(reader.rubrics):
            expected.add(str(line["url"]))
    return expected
