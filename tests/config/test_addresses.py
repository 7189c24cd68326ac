"""Addresses beyond ASCII: written as mail and feeds take them, or refused."""

from pathlib import Path

import pytest

from tests.config.writing import findings, load


def test_addresses_that_go_into_headers_and_feeds_are_written_in_ascii(
    tmp_path: Path,
) -> None:
    config = load(
        tmp_path,
        '[web]\nbase_url = "https://Хат.газет.қаз:8443/таспа/"\n'
        '[mail]\nleave_address = "leave+@газет.қаз"\nleave_maildir = "m"',
    )

    assert config.web.base_url == (
        "https://xn--80a0bh.xn--80afhh0d.xn--80ao21a:8443/%D1%82%D0%B0%D1%81%D0%BF%D0%B0"
    )
    assert config.mail.leave_address == "leave+@xn--80afhh0d.xn--80ao21a"


def test_an_address_without_a_domain_is_refused(tmp_path: Path) -> None:
    (told,) = findings(tmp_path, '[web]\nbase_url = "https://хат..қаз"')

    assert told.startswith("config.toml:2: web.base_url")
    assert "has no domain name where it should" in told


@pytest.mark.parametrize("key", ["sender", "reply_to", "return_address"])
def test_an_address_that_every_message_has_is_ascii_before_the_at(
    tmp_path: Path, key: str
) -> None:
    (told,) = findings(tmp_path, f'[mail]\n{key} = "почта@газет.қаз"')

    assert told.startswith(f'config.toml:2: mail.{key} = "почта@газет.қаз" has letters')
    assert findings(tmp_path, f'[mail]\n{key} = "news@газет.қаз"') == []
