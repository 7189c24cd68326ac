"""A client that has the document gets 304, every other the document (RFC 9110)."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.feeds.conditional import Conditions, Decision, answer
from publisher.feeds.validators import Encoding, Validators

AT = datetime(2025, 4, 28, 7, 0, 0, tzinfo=UTC)
DIGEST = "0123456789abcdef0123456789abcdef"
CURRENT = Validators(DIGEST, AT)
HASTY = Validators(DIGEST, AT, is_packed=False)
STALE = "ffffffffffffffffffffffffffffffff"
SAME = "Mon, 28 Apr 2025 07:00:00 GMT"
OLDER = "Mon, 28 Apr 2025 06:59:59 GMT"
NEWER = "Mon, 28 Apr 2025 09:30:00 GMT"
FUTURE = "Fri, 01 Jan 2100 00:00:00 GMT"

TAGS = [
    # What a client sends as If-None-Match, and whether it has the document.
    (f'"{DIGEST}"', True),
    (f'W/"{DIGEST}"', True),
    (f'"{DIGEST}-gzip"', True),
    (f'W/"{DIGEST}-gzip"', True),
    (f'"{DIGEST};gzip"', True),
    (f'"{DIGEST}--gzip"', True),
    (f'"{DIGEST}-br"', True),
    (f'"{DIGEST}-gzip-br"', True),
    (f'"{DIGEST}-GZIP"', True),
    (f'"{DIGEST}-gz"', True),
    (f'"{DIGEST}-gz-gzip"', True),
    (f'"{DIGEST}-br-gzip"', True),
    (f"{DIGEST}", True),
    (f"W/{DIGEST}", True),
    (f"{DIGEST}-gzip", True),
    ("*", True),
    (" * ", True),
    (f'"{STALE}", "{DIGEST}"', True),
    (f'"{STALE}","{DIGEST}-gzip","x"', True),
    (f'W/"{STALE}" , W/"{DIGEST}"', True),
    (f'"a,b", "{DIGEST}"', True),
    (f'"", "{DIGEST}"', True),
    (f'"{STALE}"', False),
    (f'W/"{STALE}"', False),
    (f'"{STALE}-gzip"', False),
    (f'"{STALE}", "{STALE}-gzip"', False),
    ('""', False),
    ('W/""', False),
    (f'"{DIGEST}x"', False),
    (f'"{DIGEST}-exe"', False),
    (f'"x{DIGEST}"', False),
    (f'"{DIGEST[:-1]}"', False),
    (f'"{DIGEST.upper()}"', False),
    (f'"x, {DIGEST}"', False),
    ('"*"', False),
    ("*, *", False),
    (",,,", False),
    ('"', False),
    ("ё", False),
]
DATES = [
    (SAME, True),
    (NEWER, True),
    (FUTURE, True),
    ("Monday, 28-Apr-25 07:00:00 GMT", True),
    ("Mon Apr 28 07:00:00 2025", True),
    ("Mon, 28 Apr 2025 12:00:00 +0500", True),
    ("28 Apr 2025 07:00:00", True),
    ("Mon, 28 Apr 2025 07:00:00 -0000", True),
    (OLDER, False),
    ("Thu, 01 Jan 1970 00:00:00 GMT", False),
    ("Mon, 28 Apr 2025 07:00:00 +0500", False),
    ("вчера", False),
    ("", False),
    ("0", False),
    ("1745823600", False),
    ("2025-04-28T07:00:00Z", False),
    ("Mon, 99 Apr 2025 07:00:00 GMT", False),
    ("Mon, 28 Apr 99999 07:00:00 GMT", False),
    (",", False),
    ("Mon, 28 Apr 2025 07:00:00 +9999999999", False),
]
BROTLI, GZIP, PLAIN = Encoding.BROTLI, Encoding.GZIP, Encoding.IDENTITY
ENCODINGS = [
    # What a client accepts, and what it gets with and without a brotli twin.
    (None, PLAIN, PLAIN),
    ("", PLAIN, PLAIN),
    ("identity", PLAIN, PLAIN),
    ("gzip", GZIP, GZIP),
    ("GZIP", GZIP, GZIP),
    ("x-gzip", GZIP, GZIP),
    ("br", BROTLI, PLAIN),
    ("BR", BROTLI, PLAIN),
    ("gzip, deflate, br, zstd", BROTLI, GZIP),
    ("deflate, br", BROTLI, PLAIN),
    ("deflate, zstd", PLAIN, PLAIN),
    ("br;q=1.0, gzip;q=0.8, *;q=0.1", BROTLI, GZIP),
    ("br;q=0.8, gzip;q=1.0, *;q=0.1", GZIP, GZIP),
    ("br;q=0.5, gzip;q=0.5", BROTLI, GZIP),
    ("br;q=0, gzip", GZIP, GZIP),
    ("br;q=0, *", GZIP, GZIP),
    ("gzip;q=0", PLAIN, PLAIN),
    ("gzip;q=0.000", PLAIN, PLAIN),
    ("gzip;q=0.001", GZIP, GZIP),
    ("gzip; q=0.5", GZIP, GZIP),
    ("gzip ; Q=0.5 , br", BROTLI, GZIP),
    ("*", BROTLI, GZIP),
    ("*;q=0.3", BROTLI, GZIP),
    ("*;q=0", PLAIN, PLAIN),
    ("gzip;q=0, *", BROTLI, PLAIN),
    ("*;q=0, gzip", GZIP, GZIP),
    ("identity, gzip", GZIP, GZIP),
    ("identity, gzip;q=0.5", PLAIN, PLAIN),
    ("identity, gzip;q=0.5, br", BROTLI, PLAIN),
    ("identity;q=0.5, gzip;q=0.5", GZIP, GZIP),
    ("identity;q=0", PLAIN, PLAIN),
    ("identity;q=0, *;q=0", PLAIN, PLAIN),
    ("gzip;q=2", PLAIN, PLAIN),
    ("gzip;q=", PLAIN, PLAIN),
    ("gzip;level=9", PLAIN, PLAIN),
    (",;=,", PLAIN, PLAIN),
    ("gzippo", PLAIN, PLAIN),
]
ANYTHING = st.none() | st.text() | st.sampled_from([tag for tag, _ in TAGS])


def status(
    method: str = "GET", tags: str | None = None, since: str | None = None
) -> int:
    conditions = Conditions(if_none_match=tags, if_modified_since=since)
    return answer(method, conditions, CURRENT).status


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("tags", "has_it"), TAGS)
def test_entity_tags_are_compared_weakly_and_without_suffixes(
    method: str, tags: str, *, has_it: bool
) -> None:
    assert status(method, tags) == (304 if has_it else 200)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("since", "has_it"), DATES)
def test_dates_are_compared_by_order_and_ignored_when_malformed(
    method: str, since: str, *, has_it: bool
) -> None:
    assert status(method, since=since) == (304 if has_it else 200)


@pytest.mark.parametrize(("tags", "has_it"), TAGS)
@pytest.mark.parametrize("since", [OLDER, SAME, FUTURE, "вчера"])
def test_with_both_headers_the_entity_tag_decides_alone(
    tags: str, since: str, *, has_it: bool
) -> None:
    assert status(tags=tags, since=since) == (304 if has_it else 200)


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_tag_header_counts_as_none(empty: str) -> None:
    assert status(tags=empty, since=SAME) == 304
    assert status(tags=empty) == 200


def test_without_conditions_there_is_a_document() -> None:
    assert status() == status("HEAD") == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "get", ""])
def test_other_methods_know_no_304(method: str) -> None:
    assert status(method, tags="*", since=FUTURE) == 200


@pytest.mark.parametrize(("accept", "packed", "hasty"), ENCODINGS)
def test_the_encoding_with_the_highest_weight_is_sent(
    accept: str | None, packed: Encoding, hasty: Encoding
) -> None:
    conditions = Conditions(accept_encoding=accept)

    for state, encoding in ((CURRENT, packed), (HASTY, hasty)):
        decision = answer("GET", conditions, state)
        assert decision == Decision(200, encoding, state.etag(encoding))


@pytest.mark.parametrize("state", [CURRENT, HASTY])
@pytest.mark.parametrize(
    ("tags", "accept", "held"),
    [
        (f'"{DIGEST}"', "gzip", ""),
        (f'"{DIGEST}-gzip"', "gzip", "-gzip"),
        (f'"{DIGEST}-gzip"', "br", "-gzip"),
        (f'"{DIGEST}-gzip"', None, "-gzip"),
        (f'W/"{DIGEST}-br"', "gzip, br", "-br"),
        (f'"{DIGEST}-gz"', "gzip", "-gz"),
        (f'"{DIGEST}", "{DIGEST}-gz"', None, ""),
    ],
)
def test_a_304_carries_the_tag_that_the_client_holds(
    state: Validators, tags: str, accept: str | None, held: str
) -> None:
    conditions = Conditions(if_none_match=tags, accept_encoding=accept)

    decision = answer("GET", conditions, state)

    assert (decision.status, decision.etag) == (304, f'"{DIGEST}{held}"')


@pytest.mark.parametrize(
    ("tags", "accept", "encoding"),
    [
        ("*", "gzip", GZIP),
        ("*", None, PLAIN),
        (f'"{DIGEST}", "{DIGEST}-gzip"', "gzip", GZIP),
        (f'"{DIGEST}-gzip", "{DIGEST}-br"', "br", BROTLI),
    ],
)
def test_of_several_that_the_client_holds_the_304_names_the_wanted_one(
    tags: str, accept: str | None, encoding: Encoding
) -> None:
    conditions = Conditions(if_none_match=tags, accept_encoding=accept)

    decision = answer("GET", conditions, CURRENT)

    assert decision == Decision(304, encoding, CURRENT.etag(encoding))


@given(ANYTHING, ANYTHING, ANYTHING)
def test_no_header_makes_it_fail(
    tags: str | None, since: str | None, accept: str | None
) -> None:
    conditions = Conditions(
        if_none_match=tags, if_modified_since=since, accept_encoding=accept
    )

    decision = answer("GET", conditions, CURRENT)

    assert decision.status in {200, 304}
    assert answer("HEAD", conditions, CURRENT) == decision


@given(
    st.sampled_from(Encoding),
    st.lists(st.text("0123456789abcdef", min_size=32, max_size=32), max_size=4),
    st.sampled_from(["", "W/"]),
    st.none() | st.text(),
)
def test_what_we_sent_is_recognised_among_any_others(
    encoding: Encoding,
    others: list[str],
    weakness: str,
    accept: str | None,
) -> None:
    ours = weakness + CURRENT.etag(encoding)
    tags = ", ".join([*(f'"{other}"' for other in others), ours])

    decision = answer(
        "GET", Conditions(if_none_match=tags, accept_encoding=accept), CURRENT
    )

    assert decision.status == 304


@given(st.timedeltas(timedelta(days=-9000), timedelta(days=9000)))
def test_a_date_of_our_form_is_read_to_the_second(away: timedelta) -> None:
    moment = (AT + away).replace(microsecond=0)

    found = status(since=format_datetime(moment, usegmt=True))

    assert found == (304 if moment >= AT else 200)
