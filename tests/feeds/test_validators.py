"""Validators say exactly which bytes a client holds, on any machine."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from publisher.feeds.validators import Encoding, Validators, validators_of

BODY = "Көпір күзде ашылады. ".encode() * 500
AT = datetime(2025, 4, 28, 7, 0, 59, 999_999, tzinfo=UTC)


def test_the_entity_tag_is_strong_and_differs_between_encodings() -> None:
    validators = validators_of(BODY, AT)

    identity, gzipped, brotli = map(validators.etag, Encoding)

    assert identity == f'"{validators.digest}"'
    assert gzipped == f'"{validators.digest}-gzip"'
    assert brotli == f'"{validators.digest}-br"'
    assert len(validators.digest) == 32


def test_a_gzip_made_in_haste_has_a_tag_of_its_own_and_no_brotli_beside_it() -> None:
    packed = validators_of(BODY, AT)
    hasty = replace(packed, is_packed=False)

    assert hasty.etag(Encoding.GZIP) != packed.etag(Encoding.GZIP)
    assert hasty.etag(Encoding.IDENTITY) == packed.etag(Encoding.IDENTITY)
    assert hasty.encodings == (Encoding.GZIP, Encoding.IDENTITY)
    assert packed.encodings == (Encoding.BROTLI, *hasty.encodings)
    assert {state.etag(e) for state in (packed, hasty) for e in state.encodings} == (
        packed.issued
    )


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
