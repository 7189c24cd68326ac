"""Tests stay on this machine and know nothing of whoever runs them."""

import os
import socket

import pytest

from tests.network import is_local


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.8.8.8", "::1", "localhost", "", None, b"::1"],
    ids=repr,
)
def test_this_machine_may_be_reached(host: object) -> None:
    assert is_local(host)


@pytest.mark.parametrize(
    "host",
    ["192.0.2.1", "10.0.0.1", "2001:db8::1", "gazeta.example", b"gov.example"],
    ids=repr,
)
def test_nothing_beyond_it_may(host: object) -> None:
    assert not is_local(host)


def test_a_connection_to_the_world_fails_the_test() -> None:
    with (
        socket.socket() as plain,
        pytest.raises(pytest.fail.Exception, match=r"may not reach 192\.0\.2\.1"),
    ):
        plain.connect(("192.0.2.1", 80))


def test_looking_up_a_name_of_the_world_fails_the_test() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"may not look up gazeta\.example"):
        socket.getaddrinfo("gazeta.example", 25)


def test_settings_of_the_person_at_the_keyboard_are_gone() -> None:
    ours = {name for name in os.environ if name.startswith("PUBLISHER_")}

    assert ours <= {"PUBLISHER_SHARED_DATA"}
