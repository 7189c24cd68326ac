"""What aggregators write of themselves is understood, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.aggregator import MAX_SUBSCRIBERS, Aggregator, aggregator_in
from tests.effort import effort

SAID = [
    (
        (
            "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers; like"
            " FeedFetcher-Google)"
        ),
        Aggregator("feedly", "", 16),
    ),
    (
        "Feedbin feed-id:1373711 - 142 subscribers",
        Aggregator("feedbin", "1373711", 142),
    ),
    (
        (
            "Feedfetcher-Google; (+http://www.google.com/feedfetcher.html;"
            " 10 subscribers; feed-id=1794595805790851116)"
        ),
        Aggregator("feedfetcher-google", "1794595805790851116", 10),
    ),
    (
        "Mozilla/5.0 (compatible; inoreader.com; 37 subscribers)",
        Aggregator("inoreader.com", "", 37),
    ),
    (
        "Inoreader/1.0 (+http://www.inoreader.com/feed-fetcher; 37 subscribers; )",
        Aggregator("inoreader", "", 37),
    ),
    (
        (
            "NewsBlur Feed Fetcher - 54 subscribers - http://www.newsblur.com/site/4 "
            "(Mozilla/5.0 (Macintosh) AppleWebKit/534)"
        ),
        Aggregator("newsblur feed fetcher", "", 54),
    ),
    (
        (
            "Mozilla/5.0 (compatible; theoldreader.com; 5 subscribers;"
            " feed-id=52d69fb1f5e4de5ea0001204)"
        ),
        Aggregator("theoldreader.com", "52d69fb1f5e4de5ea0001204", 5),
    ),
    (
        "Netvibes (http://www.netvibes.com/; 7 subscribers; feedID: 2712)",
        Aggregator("netvibes", "2712", 7),
    ),
    (
        "BazQux/2.4 (+https://bazqux.com/fetcher; 1 subscriber)",
        Aggregator("bazqux", "", 1),
    ),
    ("YandexBlogs/0.99 (robot) 12 readers", Aggregator("yandexblogs", "", 12)),
    (
        (
            "YahooFeedSeeker/2.0 (compatible; Mozilla 4.0; http://publisher.yahoo.com;"
            " users 3; views 20)"
        ),
        Aggregator("yahoofeedseeker", "", 3),
    ),
    ("Bloglovin/1.0 (subscribers: 9)", Aggregator("bloglovin", "", 9)),
    ("FEEDLY/2 (8 SUBSCRIBERS)", Aggregator("feedly", "", 8)),
    (
        f"Feedly/1.0 ({MAX_SUBSCRIBERS} subscribers)",
        Aggregator("feedly", "", MAX_SUBSCRIBERS),
    ),
    ("Feedly/1.0 (0 subscribers)", Aggregator("feedly", "", 0)),
]
SILENT = [
    "",
    "-",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Tiny Tiny RSS/23.05 (https://tt-rss.org/)",
    "FreshRSS/1.24.3 (Linux; https://freshrss.org)",
    "Miniflux/2.2.0 (feed-id 17)",
    "12 subscribers",
    "(12 subscribers)",
    "Feedly/1.0 (subscribers)",
    "Feedly/1.0 (-5 subscribers of 3.5 subscribers)",
    "Feedly/1.0 (1,200 subscribers)",
    f"Feedly/1.0 ({MAX_SUBSCRIBERS + 1} subscribers)",
    f"Feedly/1.0 ({'9' * 40} subscribers)",
    "x" * 600 + " 12 subscribers",
    "Feedly/1.0 (١٢ subscribers)",
]


@pytest.mark.parametrize(("user_agent", "found"), SAID)
def test_an_aggregator_is_understood(user_agent: str, found: Aggregator) -> None:
    assert aggregator_in(user_agent) == found


@pytest.mark.parametrize("user_agent", SILENT)
def test_who_names_no_number_or_no_name_reads_for_itself(user_agent: str) -> None:
    found = aggregator_in(user_agent)

    assert found is None


@effort(100)
@given(st.text(max_size=700), st.integers(0, MAX_SUBSCRIBERS))
def test_no_text_makes_it_fail(text: str, count: int) -> None:
    aggregator_in(text)
    found = aggregator_in(f"Feedly/1.0 ({count} subscribers; {text})")

    assert found is not None
    assert (found.name, found.subscribers) == ("feedly", count)


@pytest.mark.parametrize("version", ["1.0", "2", "3.14-beta"])
def test_all_versions_of_an_aggregator_have_one_name(version: str) -> None:
    found = aggregator_in(f"Feedly/{version} (10 subscribers)")

    assert found == Aggregator("feedly", "", 10)
