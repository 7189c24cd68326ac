"""In development every message can be looked at, and none of them can do anything."""

import os
from pathlib import Path

import pytest

from tests.web.client import Client
from tests.web.page import Page
from tests.web.site import Site

HTML = (
    "<!DOCTYPE html><html><head><title>Газета</title></head><body>"
    '<script>alert(1)</script><a href="https://gazeta.example/">Читать</a>'
    "</body></html>"
)


def message(subject: str, html: str = HTML) -> bytes:
    return (
        "From: =?utf-8?b?0JLQtdGB0YLQvdC40Lo=?= <news@gazeta.example>\r\n"
        "To: aigul@reader.example\r\n"
        f"Subject: {subject}\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/alternative; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 8bit\r\n\r\nМост откроют <завтра>\r\n"
        "--b\r\nContent-Type: text/html; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: 8bit\r\n\r\n{html}\r\n--b--\r\n"
    ).encode()


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    """Return a Maildir with two messages, `2.eml` the newer one."""
    new = tmp_path / "outbox" / "new"
    new.mkdir(parents=True)
    for number, subject in enumerate(("First", "<b>Second</b>"), start=1):
        file = new / f"{number}.eml"
        file.write_bytes(message(subject))
        os.utime(file, (1_772_418_000 + number, 1_772_418_000 + number))
    return tmp_path / "outbox"


@pytest.fixture
def developer(lasting_site: Site, outbox: Path, tmp_path: Path) -> Client:
    return lasting_site.in_development(outbox, tmp_path).client


async def test_messages_are_listed_newest_first(developer: Client) -> None:
    answer = await developer.get("/outbox")

    page = Page.of(answer)
    subjects = [a.text for a in page.root.iter("a") if a.get("class") == "subject"]
    assert subjects == ["<b>Second</b>", "First"]
    assert "aigul@reader.example" in page.text
    assert answer["refresh"] == "5"


async def test_looking_for_new_ones_can_be_stopped(developer: Client) -> None:
    stop = Page.of(await developer.get("/outbox")).links()["Остановить"]

    assert "refresh" not in await developer.get(stop)


async def test_an_empty_outbox_says_so(lasting_site: Site, tmp_path: Path) -> None:
    client = lasting_site.in_development(tmp_path / "none", tmp_path).client

    assert "Писем пока нет." in Page.of(await client.get("/outbox")).text


async def test_a_message_shows_its_headers_and_its_text(developer: Client) -> None:
    page = Page.of(await developer.get("/outbox/1.eml"))

    assert page.heading == "First"
    assert "Вестник <news@gazeta.example>" in page.text
    assert "Мост откроют <завтра>" in page.text


async def test_the_html_stands_in_a_frame_without_scripts(developer: Client) -> None:
    page = Page.of(await developer.get("/outbox/1.eml"))
    (frame,) = page.root.iter("iframe")

    answer = await developer.get(str(frame.get("src")))

    assert "allow-scripts" not in str(frame.get("sandbox"))
    assert "allow-same-origin" not in str(frame.get("sandbox"))
    policy = answer["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "sandbox allow-popups" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    assert answer["x-frame-options"] == "SAMEORIGIN"
    assert answer["referrer-policy"] == "no-referrer"


async def test_links_of_a_message_open_beside_the_page(developer: Client) -> None:
    answer = await developer.get("/outbox/1.eml/html")

    assert '<head><base target="_blank">' in answer.text


async def test_the_frame_can_be_as_wide_as_a_phone(developer: Client) -> None:
    page = Page.of(await developer.get("/outbox/1.eml"))

    other = page.links()["Телефон"]

    (frame,) = Page.of(await developer.get(other)).root.iter("iframe")
    assert frame.get("class") == "phone"


async def test_the_message_can_be_had_byte_by_byte(
    developer: Client, outbox: Path
) -> None:
    answer = await developer.get("/outbox/1.eml/eml")

    assert answer["content-type"] == "message/rfc822"
    assert answer["content-disposition"] == 'attachment; filename="1.eml"'
    assert answer.body == (outbox / "new" / "1.eml").read_bytes()


@pytest.mark.parametrize("part", ["", "/html", "/eml"])
@pytest.mark.parametrize(
    "name", ["9.eml", "..", "..%2f..%2fsecret", "%2e%2e", "new", "1.eml%00"]
)
async def test_nothing_but_messages_can_be_had(
    developer: Client, tmp_path: Path, name: str, part: str
) -> None:
    (tmp_path / "secret").write_text("secret")

    answer = await developer.get(f"/outbox/{name}{part}")

    assert answer.status == 404


def state(folder: Path) -> list[tuple[str, float]]:
    return sorted((file.name, file.stat().st_mtime) for file in folder.rglob("*"))


async def test_looking_changes_nothing(developer: Client, outbox: Path) -> None:
    before = state(outbox)

    await developer.get("/outbox")
    await developer.get("/outbox/1.eml")

    assert state(outbox) == before
