"""What a server says is read by phase, and what nobody can know is never guessed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.reply import (
    Kind,
    Outcome,
    Phase,
    is_expected,
    outcome_of,
    outcome_of_loss,
    retry_at,
)

SENT, RETRY, REFUSED = Kind.SENT, Kind.RETRY, Kind.REFUSED
CONTENT, RELAY, DOUBT = Kind.CONTENT, Kind.RELAY, Kind.DOUBT

# Phase, code, text; what it means.
REPLIES = [
    # The relay opens, or does not.
    ("greeting", 554, "5.3.2 no service here", RELAY),
    ("greeting", 554, "No SMTP service", RELAY),
    ("greeting", 521, "does not accept mail", RELAY),
    ("greeting", 421, "4.7.0 too many connections", RETRY),
    ("greeting", 450, "busy", RETRY),
    ("greeting", 471, "unusual but temporary", RETRY),
    ("ehlo", 550, "5.7.1 bad HELO name", RELAY),
    ("ehlo", 502, "not implemented", RELAY),
    ("ehlo", 421, "shutting down", RETRY),
    ("ehlo", 451, "4.3.0 try later", RETRY),
    ("tls", 454, "4.7.0 TLS not available", RELAY),
    ("tls", 501, "no parameters allowed", RELAY),
    ("tls", 421, "going down", RETRY),
    ("auth", 535, "5.7.8 authentication failed", RELAY),
    ("auth", 454, "4.7.0 temporary authentication failure", RELAY),
    ("auth", 534, "5.7.9 mechanism is too weak", RELAY),
    ("auth", 432, "4.7.12 a password transition is needed", RELAY),
    ("auth", 530, "5.7.0 must issue STARTTLS first", RELAY),
    ("auth", 421, "4.7.0 too many failures", RETRY),
    # Our sender.
    ("mail", 550, "5.1.8 sender domain does not exist", RELAY),
    ("mail", 550, "5.7.1 sender rejected", RELAY),
    ("mail", 553, "5.7.1 sender not owned by user", RELAY),
    ("mail", 530, "5.7.0 authentication required", RELAY),
    ("mail", 503, "5.5.1 nested MAIL command", RELAY),
    ("mail", 555, "5.5.4 unsupported option", RELAY),
    ("mail", 552, "5.3.4 message size exceeds fixed limit", CONTENT),
    ("mail", 552, "message size exceeds limit", CONTENT),
    ("mail", 452, "4.3.1 insufficient system storage", RETRY),
    ("mail", 451, "4.7.1 try again later", RETRY),
    ("mail", 450, "4.1.8 sender domain not found", RETRY),
    ("mail", 421, "4.7.0 message limit of this connection", RETRY),
    # This reader.
    ("rcpt", 550, "5.1.1 user unknown", REFUSED),
    ("rcpt", 550, "no such user", REFUSED),
    ("rcpt", 550, "5.2.1 mailbox disabled", REFUSED),
    ("rcpt", 550, "5.4.1 recipient address rejected: access denied", REFUSED),
    ("rcpt", 550, "5.5.0 requested action not taken", REFUSED),
    ("rcpt", 551, "5.1.6 user has moved", REFUSED),
    ("rcpt", 553, "5.1.3 not a valid address", REFUSED),
    ("rcpt", 501, "5.1.3 bad recipient address syntax", REFUSED),
    ("rcpt", 501, "syntax error", REFUSED),
    ("rcpt", 555, "5.5.2 syntax error", REFUSED),
    ("rcpt", 556, "5.1.10 domain does not accept mail", REFUSED),
    ("rcpt", 521, "host does not accept mail", REFUSED),
    ("rcpt", 550, "sorry, no mailbox here by that name. (#5.1.1)", REFUSED),
    ("rcpt", 550, "5.1.1 user unknown, see our policy on spam", REFUSED),
    ("rcpt", 450, "4.2.0 greylisted", RETRY),
    ("rcpt", 451, "4.7.1 greylisting in action", RETRY),
    ("rcpt", 452, "4.2.2 mailbox full", RETRY),
    ("rcpt", 452, "4.5.3 too many recipients", RETRY),
    ("rcpt", 421, "4.7.0 slow down", RETRY),
    ("rcpt", 552, "5.2.2 mailbox full", RETRY),
    ("rcpt", 552, "exceeded storage allocation", RETRY),
    ("rcpt", 550, "5.2.2 user is over quota", RETRY),
    ("rcpt", 552, "5.2.3 message too long for this mailbox", CONTENT),
    ("rcpt", 552, "message size exceeds the limit of this user", CONTENT),
    ("rcpt", 550, "5.7.1 message refused by policy", CONTENT),
    ("rcpt", 550, "5.7.26 this mail is unauthenticated", CONTENT),
    ("rcpt", 554, "5.7.1 client host blocked using a list", CONTENT),
    ("rcpt", 554, "blocked using zen.spamhaus.example", CONTENT),
    ("rcpt", 554, "5.7.1 <a@b.example>: Relay access denied", RELAY),
    ("rcpt", 454, "4.7.1 <a@b.example>: Relay access denied", RELAY),
    ("rcpt", 550, "we do not relay: relaying denied", RELAY),
    (
        *("rcpt", 550),
        "5.1.1 <a@b.example>: undeliverable address: host mx said: 550 Relaying denied",
        REFUSED,
    ),
    (
        *("rcpt", 450),
        "4.1.1 <a@b.example>: unverified address: host mx said: 450 Relaying denied",
        RETRY,
    ),
    ("rcpt", 550, "5.1.8 sender's domain is unknown", RELAY),
    ("rcpt", 530, "5.7.1 authentication required", RELAY),
    ("rcpt", 503, "5.5.1 bad sequence of commands", RELAY),
    # The message.
    ("data", 451, "4.3.0 try again", RETRY),
    ("data", 421, "going down", RETRY),
    ("data", 503, "5.5.1 bad sequence", RELAY),
    ("data", 554, "5.7.1 refused", CONTENT),
    ("data", 550, "refused", CONTENT),
    ("data", 550, "5.1.1 user unknown", REFUSED),
    ("dot", 250, "2.0.0 Ok: queued as 4F1B2", SENT),
    ("dot", 200, "ok", SENT),
    ("dot", 252, "taken", SENT),
    ("dot", 554, "5.7.1 spam message rejected", CONTENT),
    ("dot", 550, "5.7.515 access denied, sender not authenticated", CONTENT),
    ("dot", 552, "5.7.0 blocked for its content", CONTENT),
    ("dot", 552, "5.3.4 message too big", CONTENT),
    ("dot", 552, "message size exceeds the limit", CONTENT),
    ("dot", 554, "5.6.0 malformed header", CONTENT),
    ("dot", 554, "transaction failed", CONTENT),
    ("dot", 550, "5.1.1 no such mailbox", REFUSED),
    ("dot", 550, "5.2.1 mailbox disabled", REFUSED),
    ("dot", 552, "5.2.2 mailbox full", RETRY),
    ("dot", 552, "exceeded storage allocation", RETRY),
    ("dot", 451, "4.7.1 greylisted after data", RETRY),
    ("dot", 452, "4.3.1 disk full", RETRY),
    ("dot", 421, "4.7.28 unusual rate", RETRY),
    ("dot", 550, "5.1.8 sender unknown", RELAY),
    ("dot", 500, "line too long", RELAY),
    ("dot", 354, "go ahead once more", DOUBT),
    ("dot", 99, "nonsense", DOUBT),
    # Nothing a server may say here: as good as a lost connection.
    ("rcpt", 354, "go ahead", RETRY),
    ("data", 250, "ok", RETRY),
    ("mail", -1, "garbage", RETRY),
    ("greeting", 250, "hello", RETRY),
    ("ehlo", 600, "beyond", RETRY),
]


@pytest.mark.parametrize(
    ("phase", "code", "text", "kind"),
    REPLIES,
    ids=[f"{phase} {code} {text[:24]}" for phase, code, text, _ in REPLIES],
)
def test_a_reply_means_what_the_table_says(
    phase: str, code: int, text: str, kind: Kind
) -> None:
    outcome = outcome_of(Phase(phase), code, text)

    assert outcome.kind is kind
    assert outcome.phase == phase


@pytest.mark.parametrize(
    ("phase", "kind"),
    [
        (Phase.CONNECT, RETRY),
        (Phase.GREETING, RETRY),
        (Phase.EHLO, RETRY),
        (Phase.TLS, RETRY),
        (Phase.AUTH, RETRY),
        (Phase.MAIL, RETRY),
        (Phase.RCPT, RETRY),
        (Phase.DATA, RETRY),
        (Phase.DOT, DOUBT),
    ],
)
def test_only_a_loss_after_the_final_dot_is_in_doubt(phase: Phase, kind: Kind) -> None:
    outcome = outcome_of_loss(phase)

    assert outcome.kind is kind
    assert outcome.ends_connection
    assert outcome.text == "connection lost"


@pytest.mark.parametrize("phase", [p for p in Phase if p is not Phase.QUIT])
def test_421_is_tried_again_on_another_connection_in_every_phase(phase: Phase) -> None:
    outcome = outcome_of(phase, 421, "4.3.2 closing")

    assert outcome.kind is RETRY
    assert outcome.ends_connection
    assert outcome.is_throttle


@pytest.mark.parametrize(
    ("phase", "code"), [(Phase.MAIL, 250), (Phase.DATA, 354), (Phase.QUIT, 221)]
)
def test_a_reply_that_decides_nothing_has_no_outcome(phase: Phase, code: int) -> None:
    with pytest.raises(ValueError, match="decides about no delivery"):
        outcome_of(phase, code, "ok")


def test_a_connection_lost_at_quit_has_no_outcome() -> None:
    with pytest.raises(ValueError, match="decides about no delivery"):
        outcome_of_loss(Phase.QUIT)


@given(st.sampled_from(Phase), st.integers(-2000, 2000), st.text())
def test_every_other_reply_has_one_fit_for_a_log(
    phase: Phase, code: int, text: str
) -> None:
    if phase is Phase.QUIT or (phase is not Phase.DOT and is_expected(phase, code)):
        return

    outcome = outcome_of(phase, code, text)

    assert outcome.text.isprintable() or not outcome.text.isascii()
    assert not set(outcome.text) & set("\r\n\0\t\x1b")
    outcome.text.encode()
    assert len(outcome.text) <= 500


@given(st.sampled_from(Phase), st.integers(200, 599), st.text())
def test_no_reply_before_the_dot_is_sent_or_in_doubt(
    phase: Phase, code: int, text: str
) -> None:
    if phase in {Phase.DOT, Phase.QUIT} or is_expected(phase, code):
        return

    assert outcome_of(phase, code, text).kind not in {SENT, DOUBT, Kind.STOPPED}


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("5.1.1 user unknown", "5.1.1"),
        ("  5.7.515 access denied", "5.7.515"),
        ("sorry (#5.1.1)", "5.1.1"),
        ("4.2.2 contradicts the code", ""),
        ("5.1.1.1 is an address of a machine", ""),
        ("Exim 5.96.2 says no", ""),
        ("no", ""),
    ],
)
def test_the_enhanced_status_is_read_where_servers_put_it(
    text: str, status: str
) -> None:
    assert outcome_of(Phase.RCPT, 550, text).status == status


def test_what_every_message_would_meet_counts_for_the_relay() -> None:
    common = [
        outcome_of_loss(Phase.CONNECT),
        outcome_of(Phase.GREETING, 450, "busy"),
        outcome_of(Phase.MAIL, 550, "5.1.8 sender"),
    ]
    own = [outcome_of(Phase.RCPT, 450, "greylisted"), outcome_of_loss(Phase.DATA)]

    assert all(outcome.is_common for outcome in common)
    assert not any(outcome.is_common for outcome in own)


def test_a_refusal_for_what_we_are_counts_for_the_provider() -> None:
    assert outcome_of(Phase.DOT, 550, "5.7.26 unauthenticated").is_policy
    assert not outcome_of(Phase.DOT, 554, "5.6.0 malformed").is_policy
    assert not Outcome(kind=RELAY, phase=Phase.MAIL, status="5.7.1").is_policy


NOW = datetime(2025, 4, 28, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempt", "minutes"),
    [(1, 5), (2, 15), (3, 30), (4, 60), (5, 120), (6, 120), (50, 120)],
)
def test_waits_grow_along_the_ladder_and_then_stay(attempt: int, minutes: int) -> None:
    assert retry_at(attempt, NOW, 0) == NOW + timedelta(minutes=minutes)


@given(st.integers(1, 10), st.floats(-1, 1))
def test_jitter_moves_a_wait_by_at_most_a_fifth(attempt: int, jitter: float) -> None:
    plain = retry_at(attempt, NOW, 0) - NOW

    wait = retry_at(attempt, NOW, jitter) - NOW

    assert plain * 0.8 <= wait <= plain * 1.2


@pytest.mark.parametrize(
    ("attempt", "now", "jitter"),
    [
        (0, NOW, 0.0),
        (1, NOW, 1.01),
        (1, NOW, float("nan")),
        (1, NOW.replace(tzinfo=None), 0.0),
    ],
)
def test_a_retry_needs_a_counted_attempt_an_aware_time_and_a_bounded_jitter(
    attempt: int, now: datetime, jitter: float
) -> None:
    with pytest.raises(ValueError, match="no retry after attempt"):
        retry_at(attempt, now, jitter)
