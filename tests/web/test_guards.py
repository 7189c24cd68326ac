"""Every page tells browsers to be careful, and forms come from our own pages only."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.web.client import BROWSER, Client
from tests.web.page import Page
from tests.web.site import Site

ROUTES = [
    "/",
    "/ru/",
    "/kk/rubrics/novosti",
    "/rubrics/nope",
    "/feeds.opml",
    "/feeds.json",
    "/healthz",
    "/readyz",
    "/static/nothing.css",
    "/u/forged",
    "/preferences/forged",
    "/nope",
]


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_security_headers_are_on_every_answer(
    reader: Client, method: str, path: str
) -> None:
    answer = await reader.ask(method, path)

    policy = answer["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert answer["x-content-type-options"] == "nosniff"
    assert answer["x-frame-options"] == "DENY"
    assert answer["referrer-policy"] == "same-origin"
    assert "set-cookie" not in answer


async def test_a_feed_is_never_taken_for_a_page(reader: Client) -> None:
    answer = await reader.get("/feeds/novosti.rss")

    assert answer["x-content-type-options"] == "nosniff"


FOREIGN: list[Mapping[str, str]] = [
    {"sec_fetch_site": "cross-site"},
    {"sec_fetch_site": "same-site"},
    {"sec_fetch_site": "cross-site", "origin": "https://desk.example"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "https://desk.example.evil.example"},
]
OWN: list[Mapping[str, str]] = [
    {"sec_fetch_site": "same-origin"},
    {"sec_fetch_site": "none"},
    {"origin": "https://desk.example"},
    {},
]


@pytest.mark.parametrize("headers", FOREIGN)
async def test_a_form_from_another_site_changes_nothing(
    site: Site, headers: Mapping[str, str]
) -> None:
    joined = site.join()
    body = f"subscription={joined.id}&do=leave".encode()
    form = {"content_type": "application/x-www-form-urlencoded", **headers}

    answer = await site.client.ask("POST", site.preferences_path(joined), form, body)

    assert answer.status == 403
    assert Page.of(answer).heading == "Эта форма пришла с другого сайта"
    assert site.subscription(joined.id).is_active


@pytest.mark.parametrize("headers", OWN)
async def test_a_form_of_our_own_is_taken(
    site: Site, headers: Mapping[str, str]
) -> None:
    joined = site.join()
    body = f"subscription={joined.id}&do=leave".encode()
    form = {"content_type": "application/x-www-form-urlencoded", **headers}

    answer = await site.client.ask("POST", site.preferences_path(joined), form, body)

    assert answer.status == 303
    assert not site.subscription(joined.id).is_active


async def test_the_host_may_be_an_inner_one_behind_a_proxy(site: Site) -> None:
    joined = site.join()
    behind = Client(site.app, host="10.0.0.5:8000")

    answer = await behind.post(
        site.preferences_path(joined),
        f"subscription={joined.id}&do=leave".encode(),
        content_type="application/x-www-form-urlencoded",
        origin="https://desk.example",
    )

    assert answer.status == 303


@pytest.mark.parametrize("path", ["/preferences/x", "/u/x"])
async def test_a_body_larger_than_any_form_is_refused(
    reader: Client, path: str
) -> None:
    answer = await reader.post(path, b"x" * 600_000, accept=BROWSER)

    assert answer.status == 413
    assert Page.of(answer).heading == "Слишком много данных"


@pytest.mark.parametrize("content_length", ["10", "-1", "many", ""])
async def test_a_body_is_measured_and_not_believed(
    site: Site, content_length: str
) -> None:
    path = site.preferences_path(site.join())

    answer = await site.client.ask(
        "POST",
        path,
        [
            ("content-length", content_length),
            ("content-type", "application/x-www-form-urlencoded"),
        ],
        b"zone=" + b"x" * 600_000,
    )

    assert answer.status == 413


async def test_a_form_with_files_or_thousands_of_fields_is_refused(
    site: Site,
) -> None:
    path = site.preferences_path(site.join())
    file = (
        b'--b\r\nContent-Disposition: form-data; name="a"; filename="a.exe"\r\n\r\n'
        b"MZ\r\n--b--\r\n"
    )

    answers = [
        await site.client.post(
            path, file, content_type="multipart/form-data; boundary=b"
        ),
        await site.client.post(
            path,
            b"a=1&" * 5000,
            content_type="application/x-www-form-urlencoded",
        ),
    ]

    assert [answer.status for answer in answers] == [400, 400]


@pytest.mark.parametrize(
    "path",
    ["/outbox", "/outbox/1.eml", "/newsroom/ru/most", "/newsroom/pictures/a.jpg"],
)
async def test_pages_for_development_do_not_exist_elsewhere(
    reader: Client, path: str
) -> None:
    assert (await reader.get(path)).status == 404


async def test_static_files_stay_in_their_folder(reader: Client) -> None:
    for name in ("..%2f_layout.html", "%2e%2e/app.py", "site.css%00", ""):
        assert (await reader.get(f"/static/{name}")).status == 404


async def test_the_stylesheet_is_kept_until_it_changes(reader: Client) -> None:
    page = Page.of(await reader.get("/"))
    (sheet,) = page.all("link", rel="stylesheet")

    answer = await reader.get(str(sheet.get("href")))

    assert answer["content-type"] == "text/css; charset=utf-8"
    assert answer["cache-control"] == "public, max-age=31536000, immutable"
    assert (await reader.get("/static/site.css"))["cache-control"] == (
        "public, max-age=300"
    )
    assert (
        await reader.get("/static/site.css", if_none_match=answer["etag"])
    ).status == 304


async def test_the_outbox_frame_is_the_only_page_in_a_frame(
    lasting_site: Site, tmp_path: Path
) -> None:
    development = lasting_site.in_development(tmp_path, tmp_path)

    answer = await development.client.get("/outbox")

    assert "frame-ancestors 'none'" in answer["content-security-policy"]
