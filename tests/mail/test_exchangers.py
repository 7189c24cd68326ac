"""Domains are told apart by who takes their mail; no look-up ever holds mail up."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from publisher.clock import SteppedClock
from publisher.mail.smtp.exchangers import ProviderDirectory
from publisher.model.provider import REST, ProviderTable

IN_VIRTUAL_TIME = True
DAY = timedelta(days=1)


class NameServer:
    """Knows some domains, and fails or hangs for others."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.is_down = False
        self.seconds = 0.0

    async def look_up(self, domain: str) -> Sequence[str]:
        self.asked.append(domain)
        await asyncio.sleep(self.seconds)
        if self.is_down:
            msg = "no answer"
            raise OSError(msg)
        if domain.startswith("slow"):
            await asyncio.sleep(3600)
        return ["aspmx.l.google.com."] if domain.startswith("g") else [f"mx.{domain}"]


@pytest.fixture
def server() -> NameServer:
    return NameServer()


@pytest.fixture
def directory(server: NameServer, clock: SteppedClock) -> ProviderDirectory:
    return ProviderDirectory(ProviderTable(), clock, server.look_up)


async def test_a_domain_belongs_to_whoever_takes_its_mail(
    directory: ProviderDirectory, server: NameServer
) -> None:
    await directory.learn(["a@gazeta.kz", "b@Gazeta.KZ", "c@own.kz", "d@gmail.com"])

    assert server.asked == ["gazeta.kz", "own.kz"]
    assert directory.group_of("x@gazeta.kz") == "gmail"
    assert directory.group_of("x@own.kz") == REST
    assert directory.group_of("x@GMail.com") == "gmail"


async def test_an_answer_is_remembered_for_a_day(
    directory: ProviderDirectory, server: NameServer, clock: SteppedClock
) -> None:
    for span in (timedelta(0), timedelta(hours=23), timedelta(hours=2)):
        clock.move(span)
        await directory.learn(["a@gazeta.kz"])

    assert server.asked == ["gazeta.kz"] * 2


async def test_without_an_answer_a_domain_is_with_the_rest_until_it_is_asked_again(
    directory: ProviderDirectory, server: NameServer, clock: SteppedClock
) -> None:
    server.is_down = True
    await directory.learn(["a@gazeta.kz"])
    await directory.learn(["a@gazeta.kz"])
    assert directory.group_of("a@gazeta.kz") == REST
    assert len(server.asked) == 1

    server.is_down = False
    clock.move(timedelta(minutes=11))
    await directory.learn(["a@gazeta.kz"])

    assert directory.group_of("a@gazeta.kz") == "gmail"


async def test_slow_answers_hold_mail_up_for_five_seconds_in_all(
    directory: ProviderDirectory,
) -> None:
    loop = asyncio.get_running_loop()
    addresses = [f"a@slow{number}.kz" for number in range(100)]

    await directory.learn(["a@g.kz", *addresses])

    assert loop.time() == pytest.approx(5)
    assert directory.group_of("a@g.kz") == "gmail"
    assert directory.group_of(addresses[0]) == REST


async def test_who_asks_about_a_domain_meanwhile_waits_for_the_same_answer(
    directory: ProviderDirectory, server: NameServer
) -> None:
    loop, server.seconds = asyncio.get_running_loop(), 1.0
    first = asyncio.create_task(directory.learn(["a@gazeta.kz"]))
    await asyncio.sleep(0.5)

    await directory.learn(["b@gazeta.kz"])

    assert directory.group_of("b@gazeta.kz") == "gmail"
    assert (server.asked, loop.time()) == (["gazeta.kz"], 1)
    await first


async def test_a_chunk_waits_neither_for_others_domains_nor_longer_for_its_own(
    directory: ProviderDirectory,
) -> None:
    loop = asyncio.get_running_loop()
    await directory.learn(["a@gazeta.kz"])
    first = asyncio.create_task(directory.learn(["a@slow1.kz"]))
    await asyncio.sleep(2)

    await directory.learn(["b@gazeta.kz"])
    assert loop.time() == 2
    await directory.learn(["a@slow1.kz", "a@slow2.kz"])

    assert loop.time() == pytest.approx(7)
    await first


async def test_a_domain_stays_where_it_was_until_there_is_another_answer(
    directory: ProviderDirectory, server: NameServer, clock: SteppedClock
) -> None:
    await directory.learn(["a@gazeta.kz"])
    clock.move(DAY)
    server.seconds, server.is_down = 1.0, True
    again = asyncio.create_task(directory.learn(["a@gazeta.kz"]))
    await asyncio.sleep(0.5)

    assert directory.group_of("a@gazeta.kz") == "gmail"
    await again

    assert len(server.asked) == 2
    assert directory.group_of("a@gazeta.kz") == "gmail"


async def test_national_domains_are_asked_for_in_a_labels(
    directory: ProviderDirectory, server: NameServer
) -> None:
    await directory.learn(["оқырман@пример.қаз", "a@x..y"])

    assert "xn--e1afmkfd.xn--80ao21a" in server.asked


async def test_offline_only_the_table_counts(clock: SteppedClock) -> None:
    directory = ProviderDirectory(ProviderTable(), clock)
    await directory.learn(["a@gazeta.kz"])

    assert directory.group_of("a@gazeta.kz") == REST
    assert directory.group_of("a@mail.ru") == "mailru"
