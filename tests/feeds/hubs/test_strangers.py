"""Whoever asks our hub for something gets no machine of ours to be asked for it."""

from pathlib import Path

import pytest

from publisher.config import load_config
from publisher.errors import OutgoingError
from publisher.service import open_service
from tests.feeds.hubs.subscriber import Subscriber
from tests.outgoing.answering import Answering

CONFIG = """
[site]
title = "Газета"
url = "{url}"
languages = ["ru"]
zone = "Asia/Almaty"
authority = "gazeta.example"

[push]
hubs = ["{url}/hub"]

[[rubric]]
key = "novosti"
names = {{ ru = "Новости" }}

[mail]
sender = "news@gazeta.example"

[web]
base_url = "https://news.gazeta.example"
secret = "not much of a secret, but long enough"
"""


def test_no_callback_is_at_an_internal_hub_that_only_the_operator_may_name(
    tmp_path: Path, server: Answering
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.format(url=server.url))
    service = open_service(load_config(file), tmp_path)
    try:
        [pinger], own = service.hubs.pingers, service.hubs.own
        assert own is not None
        with pytest.raises(OutgoingError, match="no public address"):
            own.client.ask("GET", f"{server.url}/restart")
        assert server.asked == []
        assert pinger.client.ask("POST", pinger.hub_url).is_success
    finally:
        service.close()


async def test_who_unsubscribes_what_nobody_has_is_bounded_as_who_subscribes(
    subscriber: Subscriber,
) -> None:
    statuses = [(await subscriber.ask("unsubscribe")).status for _ in range(4)]

    assert statuses == [202, 202, 202, 429]
    subscriber.work()
    assert len(subscriber.questions) == 3
    assert (await subscriber.ask("unsubscribe")).status == 202
