"""A link opens what it was signed for, for its reader only, and nothing else."""

import base64

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from publisher.errors import TokenError
from publisher.model.token import Purpose, TokenKeys
from tests.effort import effort

KEYS = TokenKeys({1: b"k" * 32, 2: b"l" * 32}, current=2)
OLD = TokenKeys({1: b"k" * 32}, current=1)
STRANGER = TokenKeys({1: b"x" * 32, 2: b"y" * 32}, current=2)
LARGEST = 2**48 - 1
SUBJECTS = st.integers(0, LARGEST)
PURPOSES = st.sampled_from(Purpose)


@effort(100)
@given(purpose=PURPOSES, subject=SUBJECTS)
def test_a_link_leads_to_its_subject_and_all_are_of_one_length(
    purpose: Purpose, subject: int
) -> None:
    token = KEYS.sign(purpose, subject)

    assert KEYS.subject(purpose, token) == subject
    assert len(token) == 32
    assert token.replace("-", "a").replace("_", "a").isalnum()


@effort(100)
@given(subject=SUBJECTS)
def test_a_link_to_leave_opens_no_preferences(subject: int) -> None:
    token = KEYS.sign(Purpose.LEAVE, subject)

    with pytest.raises(TokenError, match="not a valid preferences link"):
        KEYS.subject(Purpose.PREFERENCES, token)


@effort(200)
@given(
    purpose=PURPOSES,
    subject=SUBJECTS,
    bit=st.integers(0, 24 * 8 - 1),
)
def test_a_link_with_any_bit_changed_opens_nothing(
    purpose: Purpose, subject: int, bit: int
) -> None:
    raw = bytearray(base64.urlsafe_b64decode(KEYS.sign(purpose, subject)))
    raw[bit // 8] ^= 1 << bit % 8
    forged = base64.urlsafe_b64encode(raw).decode()

    for wanted in Purpose:
        with pytest.raises(TokenError):
            KEYS.subject(wanted, forged)


@effort(100)
@given(text=st.text(max_size=40))
def test_a_link_that_somebody_made_up_opens_nothing(text: str) -> None:
    assume(text != KEYS.sign(Purpose.LEAVE, 0))

    with pytest.raises(TokenError):
        KEYS.subject(Purpose.LEAVE, text)


@pytest.mark.parametrize("cut", [0, 1, 4, 8, 12, 28, 31])
def test_a_link_that_a_mail_program_cut_opens_nothing(cut: int) -> None:
    token = KEYS.sign(Purpose.LEAVE, 7)

    for broken in (token[:cut], f"{token}AAAA", token.lower()):
        with pytest.raises(TokenError):
            KEYS.subject(Purpose.LEAVE, broken)


def test_links_signed_before_the_keys_changed_still_work() -> None:
    token = OLD.sign(Purpose.LEAVE, 7)

    assert KEYS.subject(Purpose.LEAVE, token) == 7
    assert KEYS.sign(Purpose.LEAVE, 7) != token


def test_links_signed_with_a_key_that_was_thrown_away_do_not() -> None:
    token = KEYS.sign(Purpose.LEAVE, 7)

    with pytest.raises(TokenError):
        OLD.subject(Purpose.LEAVE, token)


def test_what_was_begun_under_an_old_key_is_finished_under_it() -> None:
    assert KEYS.as_of(1).sign(Purpose.LEAVE, 7) == OLD.sign(Purpose.LEAVE, 7)
    assert KEYS.as_of(1).secret == OLD.secret
    assert KEYS.as_of(9) == KEYS


def test_keys_are_not_shown() -> None:
    assert "kkk" not in repr(KEYS)


def test_links_of_another_service_open_nothing() -> None:
    with pytest.raises(TokenError):
        KEYS.subject(Purpose.LEAVE, STRANGER.sign(Purpose.LEAVE, 7))


def test_a_link_says_nothing_about_its_reader() -> None:
    near, far = (KEYS.sign(Purpose.LEAVE, number) for number in (7, 8))

    assert near[-21:] != far[-21:]
    assert "@" not in near
