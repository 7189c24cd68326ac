"""Every reader of an edition is accounted for; whoever is not is counted (law 12)."""

from hypothesis import given
from hypothesis import strategies as st

from publisher.model.delivery import Accounting, DeliveryState, SkipReason
from tests.effort import effort

SKIPPED = DeliveryState.SKIPPED
COUNTS = st.dictionaries(
    st.sampled_from([state for state in DeliveryState if state is not SKIPPED]),
    st.integers(0, 10**7),
)
REASONS = st.dictionaries(
    st.sampled_from([reason.value for reason in SkipReason]), st.integers(0, 10**7)
)


@effort(100)
@given(by_state=COUNTS, reasons=REASONS, lost=st.integers(-5, 5))
def test_the_error_is_the_number_of_readers_nobody_knows_about(
    by_state: dict[DeliveryState, int], reasons: dict[str, int], lost: int
) -> None:
    known = sum(by_state.values()) + sum(reasons.values())

    accounting = Accounting(
        due=known + lost,
        by_state={**by_state, SKIPPED: sum(reasons.values())},
        skipped_by_reason=reasons,
    )

    assert accounting.error == lost


def test_what_is_under_way_is_still_waiting() -> None:
    accounting = Accounting(
        due=5,
        by_state={DeliveryState.WAITING: 2, DeliveryState.BEGUN: 3},
        skipped_by_reason={},
    )

    assert (accounting.waiting, accounting.error) == (5, 0)


def test_an_edition_without_readers_is_in_order() -> None:
    assert Accounting(due=0, by_state={}, skipped_by_reason={}).error == 0


def test_only_what_waits_or_is_under_way_has_something_to_come() -> None:
    assert {state for state in DeliveryState if not state.is_final} == {
        DeliveryState.WAITING,
        DeliveryState.BEGUN,
    }
