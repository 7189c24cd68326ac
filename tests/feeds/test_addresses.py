"""Every feed has one address, and the address leads back to it."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.feeds.addresses import FeedAddress, FeedAddresses, ascii_url
from publisher.model.feed import FORMATS, FeedFormat
from publisher.model.rubric import Rubric, RubricTree
from tests.feeds.newsroom import ADDRESSES, FEEDS, TREE


@pytest.mark.parametrize(
    ("given_url", "expected"),
    [
        ("https://gazeta.example/ru/a-1?b=c&d=%D1%8F#e", None),
        ("https://gazeta.example", None),
        (
            "https://газета.example/статья",
            "https://xn--80aahjj1e.example/%D1%81%D1%82%D0%B0%D1%82%D1%8C%D1%8F",
        ),
        ("HTTPS://Gazeta.Example:8443/A", "https://gazeta.example:8443/A"),
        (
            "https://gazeta.example/100% да",
            "https://gazeta.example/100%25%20%D0%B4%D0%B0",
        ),
        ("https://gazeta.example/a%2Fb", "https://gazeta.example/a%2Fb"),
        (
            "https://gazeta.example/?q=ё&r=[1]",
            "https://gazeta.example/?q=%D1%91&r=%5B1%5D",
        ),
        ("https://gazeta.example/#құс", "https://gazeta.example/#%D2%9B%D2%B1%D1%81"),
        ("https://user:pw@gazeta.example/", "https://gazeta.example/"),
        ("https://[2001:db8::1]:80/x y", "https://[2001:db8::1]:80/x%20y"),
        (' https://gazeta.example/"x"\n', "https://gazeta.example/%22x%22"),
        ("https://gazeta.example/\ud83d\x00a", "https://gazeta.example/a"),
    ],
)
def test_an_address_is_printed_in_ascii(given_url: str, expected: str | None) -> None:
    assert ascii_url(given_url) == (given_url if expected is None else expected)


@pytest.mark.parametrize(
    "not_an_address",
    [
        "",
        "/ru/a",
        "//gazeta.example/a",
        "ftp://gazeta.example/a",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://",
        "https:///a",
        "https://a..b/",
        "https://" + "я" * 70 + ".example/",
        "https://[::1/",
        "https://gazeta.example:port/",
        "https://a b/",
        "https://a<b/",
    ],
)
def test_what_is_no_address_of_a_page_is_none(not_an_address: str) -> None:
    assert ascii_url(not_an_address) is None


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_gives_a_stable_ascii_address_or_none(text: str) -> None:
    for tried in (text, f"https://gazeta.example/{text}", f"https://{text}/"):
        url = ascii_url(tried)
        assert url is None or (url.isascii() and " " not in url)
        assert url is None or ascii_url(url) == url


def test_an_address_names_rubric_language_and_format() -> None:
    assert (
        ADDRESSES.url("politika", "kk", FeedFormat.ATOM)
        == f"{FEEDS}/feeds/novosti/politika.kk.atom"
    )
    assert ADDRESSES.path("", "", FeedFormat.JSON) == "/feeds/latest.json"
    assert ADDRESSES.path("sport", "", FeedFormat.RSS) == "/feeds/sport.rss"


def test_every_address_leads_back_to_its_feed() -> None:
    keys = ["", *(rubric.key for rubric in TREE)]
    for key, language, form in product(keys, ("", "ru", "kk"), FORMATS):
        path = ADDRESSES.path(key, language, form)
        assert ADDRESSES.find(path) == FeedAddress(key, language, form)


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/novosti.xml",
        "/feeds/novosti",
        "/feeds/novosti.en.rss",
        "/feeds/politika.rss",
        "/feeds/novosti/politika/.rss",
        "/feeds/../novosti.rss",
        "/feeds/.rss",
        "/feeds/novosti.RSS",
        "/novosti.rss",
        "",
    ],
)
def test_an_address_of_no_feed_is_none(path: str) -> None:
    assert ADDRESSES.find(path) is None


def test_slugs_in_other_letters_are_percent_encoded_and_found_both_ways() -> None:
    tree = RubricTree((Rubric(key="culture", slug="мәдениет", names={}),))
    addresses = FeedAddresses(FEEDS, tree, ("kk",))

    path = addresses.path("culture", "kk", FeedFormat.RSS)

    assert path == "/feeds/%D0%BC%D3%99%D0%B4%D0%B5%D0%BD%D0%B8%D0%B5%D1%82.kk.rss"
    wanted = FeedAddress("culture", "kk", FeedFormat.RSS)
    assert addresses.find(path) == wanted
    assert addresses.find("/feeds/мәдениет.kk.rss") == wanted


def test_a_rubric_called_latest_does_not_hide_the_whole_site() -> None:
    tree = RubricTree((Rubric(key="l", slug="latest", names={}),))

    found = FeedAddresses(FEEDS, tree, ()).find("/feeds/latest.rss")

    assert found == FeedAddress("", "", FeedFormat.RSS)
