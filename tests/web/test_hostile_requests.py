"""Whatever a request claims, it gets a page, and nobody else's time or secrets."""

import time
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from publisher.clock import SteppedClock
from publisher.store import Store
from tests.web.client import Client
from tests.web.site import Site

CODECS = ["punycode", "unicode_escape", "undefined", "utf-7", "\0", '"a b"']


def a_part(name: str, value: str) -> bytes:
    head = f'--b"\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
    return f"{head}{value}\r\n".encode()


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("path", ["/subscribe", "/preferences", "/my-data", "/hub"])
async def test_a_form_is_in_utf_8_whatever_it_says(
    lasting_site: Site, path: str, codec: str
) -> None:
    form = a_part("email", "Айгүл \\ud800") + b'--b"--\r\n'
    kind = f'multipart/form-data; charset={codec}; boundary="b\\""'

    answer = await lasting_site.client.post(path, form, content_type=kind)

    assert answer.status in {404, 422}
    if path == "/subscribe":
        assert "Айгүл \\ud800" in answer.text


async def test_no_form_takes_a_second(reader: Client) -> None:
    slow = "a" * 250_000 + "-" + "99" * 120_000
    kind = 'multipart/form-data; boundary="b\\""; charset=punycode'
    begun = time.monotonic()

    await reader.post("/subscribe", a_part("email", slow), content_type=kind)

    assert time.monotonic() - begun < 1


@pytest.mark.parametrize(
    "path", ["/hub/watch/%00", "/newsroom/%00/most", "/ru/rubrics/novosti%00"]
)
async def test_no_database_is_asked_for_what_it_cannot_hold(
    store: Store, clock: SteppedClock, tmp_path: Path, path: str
) -> None:
    site = Site.open(store, clock).in_development(tmp_path, tmp_path)

    assert (await site.client.get(path)).status == 404


@pytest.mark.parametrize("host", ["evil.example", "[", "desk.example:99999", ""])
async def test_no_redirect_leads_to_a_host_that_a_client_made_up(
    lasting_site: Site, host: str
) -> None:
    client = Client(lasting_site.app, host)

    assert (await client.get("/ru"))["location"] == "https://desk.example/ru/"
    assert (await client.get("/nothing")).status == 404


@pytest.mark.parametrize("host", ["desk.example", "["])
async def test_an_origin_that_is_no_address_is_not_ours(
    lasting_site: Site, host: str
) -> None:
    client = Client(lasting_site.app, host)

    assert (await client.post("/preferences", origin="http://[")).status == 403


@pytest.mark.parametrize("hour", ["9" * 30, "7:" + "9" * 5000, "-1", "\0"])
async def test_an_hour_that_is_none_is_a_fault_of_the_form(
    reader: Client, hour: str
) -> None:
    answer = await reader.submit("/subscribe", [("hour", hour)])

    assert answer.status == 422


@pytest.mark.parametrize("zone", ["", " ", "asia/almaty", "Asia Almaty"])
async def test_a_form_that_is_shown_again_takes_a_zone_as_it_was_typed(
    reader: Client, zone: str
) -> None:
    form = {
        "email": "a@reader.example",
        "digest[]": "utro",
        "zone": zone,
        "language": "ru",
        "page_language": "ru",
        "consent": "yes",
        "consent_version": "2026-03",
        "stamp": "of another form",
    }

    answer = await reader.submit("/subscribe", list(form.items()))

    assert answer.status == 422
    assert "Asia/Almaty" in answer.text


class BrokenStore:
    """A store whose disk is gone."""

    query = None

    async def run(self, *_: object) -> None:
        msg = "the disk is gone"
        raise OSError(msg)


async def test_the_token_of_a_page_that_failed_is_not_in_the_log(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    path = site.preferences_path(site.join())
    parts = replace(site.parts, store=cast("Store", BrokenStore()))
    client = Site(site.newsroom, parts, site.builder).client
    client.failures_are_logged = True

    assert (await client.get(path)).status == 500

    [told] = caplog.records
    assert told.getMessage() == ("page.failed page=/preferences/{token} error=OSError")
