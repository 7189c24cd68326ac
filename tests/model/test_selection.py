"""Equal choices are spelled alike, so that readers who chose alike share a digest."""

from hypothesis import given
from hypothesis import strategies as st

from publisher.model.selection import Selection
from tests.builders import a_tree
from tests.effort import effort

TREE = a_tree()
KEYS = st.lists(st.sampled_from([rubric.key for rubric in TREE] + ["gone", "o-o"]))
SELECTIONS = st.builds(Selection, KEYS.map(tuple), KEYS.map(tuple))


@effort(100)
@given(selection=SELECTIONS, data=st.data())
def test_the_order_and_repetition_of_rubrics_make_no_difference(
    selection: Selection, data: st.DataObject
) -> None:
    chosen = data.draw(st.permutations(selection.chosen + selection.chosen[:2]))
    excluded = data.draw(st.permutations(selection.excluded))

    assert Selection(tuple(chosen), tuple(excluded)).key == selection.key


@effort(100)
@given(selection=SELECTIONS)
def test_a_spelling_stands_for_the_same_choice(selection: Selection) -> None:
    again = Selection.from_key(selection.key)

    assert again.key == selection.key
    assert again.rubrics(TREE) == selection.rubrics(TREE)


@effort(100)
@given(one=SELECTIONS, other=SELECTIONS)
def test_different_choices_are_spelled_differently(
    one: Selection, other: Selection
) -> None:
    is_same = (set(one.chosen), set(one.excluded)) == (
        set(other.chosen),
        set(other.excluded),
    )

    assert (one.key == other.key) == is_same


def test_a_spelling_is_readable() -> None:
    selection = Selection(("sport", "ekonomika"), ("futbol",))

    assert selection.key == "ekonomika sport -futbol"


def test_nothing_chosen_is_the_whole_site() -> None:
    assert Selection().rubrics(TREE) == {rubric.key for rubric in TREE}
    assert Selection.from_key("") == Selection()


def test_what_is_left_out_is_left_out_of_the_whole_site_too() -> None:
    assert Selection((), ("novosti",)).rubrics(TREE) == {"sport", "futbol"}


def test_rubrics_that_are_gone_since_are_ignored() -> None:
    selection = Selection(("sport", "gone"), ("gone-too",))

    assert selection.rubrics(TREE) == {"sport", "futbol"}


def test_who_chose_only_what_is_gone_gets_nothing_and_not_the_whole_site() -> None:
    assert Selection(("gone",)).rubrics(TREE) == set()
