"""Validators say exactly which bytes a client holds, on any machine."""

import gzip
import zlib
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from hypothesis import given
from hypothesis import strategies as st

from publisher.feeds.validators import Encoding, Validators, compress, validators_of

BODY = "Көпір күзде ашылады. ".encode() * 500
AT = datetime(2025, 4, 28, 7, 0, 59, 999_999, tzinfo=UTC)


def test_the_entity_tag_is_strong_and_differs_between_encodings() -> None:
    validators = validators_of(BODY, AT)

    identity, packed = map(validators.etag, Encoding)

    assert identity == f'"{validators.digest}"'
    assert packed == f'"{validators.digest}-gzip"'
    assert len(validators.digest) == 32


def test_other_bytes_have_another_tag_and_the_same_bytes_the_same() -> None:
    assert validators_of(BODY, AT) == validators_of(bytes(BODY), AT)
    assert validators_of(BODY, AT).digest != validators_of(BODY + b" ", AT).digest


def test_the_date_has_whole_seconds_and_is_never_later_than_the_change() -> None:
    validators = validators_of(BODY, AT.astimezone(timezone(timedelta(hours=5))))

    assert validators.modified_at == AT.replace(microsecond=0)
    assert validators.last_modified == "Mon, 28 Apr 2025 07:00:59 GMT"
    assert parsedate_to_datetime(validators.last_modified) == validators.modified_at


def test_validators_can_be_made_from_what_was_kept() -> None:
    made = validators_of(BODY, AT)

    assert Validators(made.digest, made.modified_at) == made


def test_gzip_names_no_time_and_no_system() -> None:
    packed = compress(BODY)

    assert packed[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    assert packed == compress(BODY)
    assert len(packed) < len(BODY) / 10


@given(st.binary(max_size=3000))
def test_any_reader_of_gzip_gets_the_bytes_back(body: bytes) -> None:
    assert gzip.decompress(compress(body)) == body
    assert zlib.decompress(compress(body), wbits=31) == body
