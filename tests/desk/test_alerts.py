"""The operator is told by mail of what fails: once an hour, and of nothing else."""

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from publisher.desk.alarm import ALARMING, Trouble
from publisher.desk.alerts import Alerts, Letter
from publisher.mail.linting.linter import lint_message
from publisher.mail.linting.rule import Severity
from publisher.model.reply import Kind, Outcome, Phase
from publisher.rendering.letterhead import Look, Site
from publisher.store import Store
from tests.digests.desk import Desk
from tests.rendering.newspaper import ALMATY, Newspaper
from tests.shipped import shipped_renderer

GOLDEN = Path(__file__).parent / "golden"
REWRITE = ("PUBLISHER_GOLDEN", "REWRITE_GOLDEN")
LOG = logging.getLogger("publisher.digests")
OPERATOR = "operator@gazeta.example"
SHUT = Trouble(
    "gate.shut",
    (
        ("gate", "provider:gmail"),
        ("until", "2025-04-28T05:10:00+00:00"),
        ("reason", "421 4.7.28 <try later> & again"),
    ),
    datetime(2025, 4, 28, 4, 40, tzinfo=UTC),
)


def a_letter(language: str = "ru") -> Letter:
    site = Newspaper(language).site()
    return Letter(
        renderer=shipped_renderer(),
        language=language,
        site=site,
        look=Look(),
        zone=ALMATY,
    )


@pytest.fixture
def desk(sqlite_store: Store) -> Desk:
    return Desk(store=sqlite_store)


@pytest.fixture
def alerts(desk: Desk) -> Iterator[Alerts]:
    made = Alerts(
        store=desk.store,
        clock=desk.clock,
        letter=a_letter(),
        addressing=desk.addressing,
        make_transport=lambda: desk.transport,
        to=OPERATOR,
    )
    made.watch()
    yield made
    made.close()


async def test_a_missed_edition_is_told(desk: Desk, alerts: Alerts) -> None:
    desk.join("a@reader.example")
    desk.publish("one")
    await desk.run(timedelta(hours=20))

    assert await alerts.send() == 1

    (envelope,) = desk.transport.sent
    assert envelope.recipient == OPERATOR
    assert b"Auto-Submitted: auto-generated" in envelope.message


@pytest.mark.parametrize("event", sorted(ALARMING))
async def test_each_event_is_told_once_an_hour(
    desk: Desk, alerts: Alerts, event: str
) -> None:
    told = []

    for minutes in (0, 30, 29, 1, 59):
        desk.clock.move(timedelta(minutes=minutes))
        LOG.warning("%s digest=utro slot=x", event)
        LOG.warning("%s digest=utro slot=y", event)
        told.append(await alerts.send())

    assert told == [1, 0, 0, 1, 0]


async def test_one_subject_does_not_silence_another(alerts: Alerts) -> None:
    LOG.warning("gate.shut gate=provider:gmail until=x reason=y")
    LOG.warning("gate.shut gate=provider:mailru until=x reason=y")

    assert await alerts.send() == 2


async def test_of_two_processes_one_tells(alerts: Alerts) -> None:
    other = replace(alerts)
    LOG.warning("gate.shut gate=provider:gmail until=x reason=y")
    assert await alerts.send() == 1

    LOG.warning("gate.shut gate=provider:gmail until=x reason=y")

    assert await other.send() == 0


async def test_everyday_events_are_not_told(alerts: Alerts) -> None:
    LOG.warning("chunk.taken_over chunk=1 held=0")
    LOG.error("alert.not_sent subject=x reason=y")

    assert await alerts.send() == 0


async def test_who_stopped_listening_hears_nothing(alerts: Alerts) -> None:
    alerts.close()
    LOG.warning("gate.shut gate=provider:gmail until=x reason=y")

    assert await alerts.send() == 0


async def test_an_alert_that_cannot_be_sent_is_in_the_log(
    desk: Desk, alerts: Alerts, caplog: pytest.LogCaptureFixture
) -> None:
    desk.transport.answers.append(
        Outcome(kind=Kind.RETRY, phase=Phase.CONNECT, text="no route")
    )
    LOG.warning("gate.shut gate=provider:gmail until=x reason=y")

    assert await alerts.send() == 0

    assert "alert.not_sent" in caplog.text
    assert "no route" in caplog.text


async def test_mailbox_providers_would_take_an_alert(
    desk: Desk, alerts: Alerts
) -> None:
    for event in sorted(ALARMING):
        LOG.warning("%s gate=provider:gmail until=x reason=<b>no</b>", event)

    await alerts.send()

    assert len(desk.transport.sent) == len(ALARMING)
    for envelope in desk.transport.sent:
        found = lint_message(envelope.message)
        assert not [f for f in found if f.rule.severity is Severity.REFUSE]


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_an_alert_equals_its_golden_message(language: str) -> None:
    message = a_letter(language).rendered(SHUT)

    check(f"alert-{language}.subject.txt", message.subject + "\n")
    check(f"alert-{language}.body.txt", message.text)
    check(f"alert-{language}.body.html", message.html)


def check(name: str, rendered: str) -> None:
    """Compare with a golden file, byte for byte, or write it."""
    file = GOLDEN / name
    if any(os.environ.get(variable) for variable in REWRITE):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(rendered.encode())
    assert file.read_bytes() == rendered.encode(), f"{name} has changed"


def test_every_event_has_words_of_its_own_in_every_language() -> None:
    for language in ("ru", "kk", "en"):
        letter = a_letter(language)
        subjects = {
            letter.rendered(replace(SHUT, event=event)).subject for event in ALARMING
        }
        assert len(subjects) == len(ALARMING)


def test_a_site_without_a_name_of_its_own_still_has_a_subject() -> None:
    letter = replace(a_letter(), site=Site(title="Газета", url="https://g.example"))

    assert letter.rendered(SHUT).subject == "Газета: Отправка остановлена"
