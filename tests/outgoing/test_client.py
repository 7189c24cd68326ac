"""Requests are bounded, never redirected, and go where the guard has looked."""

import socket
import threading
from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from publisher.errors import OutgoingError
from publisher.outgoing.client import Client
from tests.outgoing.answering import Answering, answering

LOOPBACK = [ip_network("127.0.0.0/8")]


@pytest.fixture
def server() -> Iterator[Answering]:
    with answering() as state:
        yield state


def test_what_was_asked_arrives_and_the_answer_comes_back(server: Answering) -> None:
    server.reply = lambda _: (202, {"X-Hub": "yes"}, b"taken")
    client = Client(allowed=LOOPBACK)

    reply = client.ask(
        "POST", f"{server.url}/hub?a=1", headers={"x-mode": "publish"}, body=b"a=b"
    )

    assert (reply.status, reply.body, reply.headers["x-hub"]) == (202, b"taken", "yes")
    [asked] = server.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/hub?a=1", b"a=b")
    assert asked.headers["x-mode"] == "publish"
    assert f"http://{asked.headers['host']}" == server.url


def test_this_machine_is_refused_before_a_connection_is_made(
    server: Answering,
) -> None:
    with pytest.raises(OutgoingError, match="no public address"):
        Client().ask("GET", server.url)

    assert server.asked == []


def test_an_origin_that_the_operator_named_is_asked(server: Answering) -> None:
    assert Client(trusted=[server.url]).ask("GET", f"{server.url}/a").is_success


def test_a_redirect_is_not_followed(server: Answering) -> None:
    server.reply = lambda _: (302, {"Location": f"{server.url}/inside"}, b"")

    reply = Client(allowed=LOOPBACK).ask("GET", server.url)

    assert (reply.status, len(server.asked)) == (302, 1)


def test_a_large_answer_is_cut(server: Answering) -> None:
    server.reply = lambda _: (200, {}, b"x" * 1_000_000)

    reply = Client(allowed=LOOPBACK).ask("GET", server.url, max_bytes=1000)

    assert len(reply.body) == 1000


@pytest.mark.parametrize(
    "url", ["ftp://host.example/", "file:///etc/passwd", "//host", "http://", "x"]
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(OutgoingError, match="no address with http or https"):
        Client().ask("GET", url)


def test_nobody_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    with pytest.raises(OutgoingError, match="does not answer"):
        Client(allowed=LOOPBACK).ask("GET", f"http://127.0.0.1:{port}/")


def test_a_host_that_says_nothing_is_left(server: Answering) -> None:
    may_end = threading.Event()
    server.reply = lambda _: ((may_end.wait() and 200) or 200, {}, b"")
    try:
        with pytest.raises(OutgoingError, match="does not answer"):
            Client(allowed=LOOPBACK).ask("GET", server.url, patience=0.2)
    finally:
        may_end.set()


def test_garbage_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def talk() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"220 mail.example ESMTP\r\n\r\n")

        thread = threading.Thread(target=talk)
        thread.start()
        with pytest.raises(OutgoingError, match="does not answer"):
            Client(allowed=LOOPBACK).ask("GET", f"http://127.0.0.1:{port}/")
        thread.join()
