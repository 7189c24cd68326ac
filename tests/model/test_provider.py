"""A domain belongs to whoever takes its mail."""

import pytest

from publisher.model.provider import REST, Provider, ProviderTable


@pytest.mark.parametrize(
    ("names", "group"),
    [
        (["aspmx.l.google.com.", "alt1.aspmx.l.google.com."], "gmail"),
        (["gazeta-kz.mail.protection.outlook.com"], "outlook"),
        (["MX.Yandex.NET"], "yandex"),
        (["emx.mail.ru"], "mailru"),
        (["mx.gazeta.kz"], REST),
        (["notgoogle.com"], REST),
        (["mx.gazeta.kz", "aspmx.l.google.com"], "gmail"),
        ([], REST),
    ],
)
def test_exchangers_tell_the_group(names: list[str], group: str) -> None:
    assert ProviderTable().group_of_exchangers(names) == group


def test_an_operator_adds_groups_and_replaces_ours() -> None:
    table = ProviderTable(
        (
            Provider(key="kaz", domains=("kaz.kz",), exchangers=("mail.kaz.kz",)),
            Provider(key="gmail", domains=("gmail.com",)),
        )
    )

    assert table.group_of_domain("kaz.kz") == "kaz"
    assert table.group_of_exchangers(["mx1.mail.kaz.kz"]) == "kaz"
    assert table.group_of_exchangers(["aspmx.l.google.com"]) == REST
    assert table.keys[-1] == REST
