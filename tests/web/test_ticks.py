"""A form of ticked boxes says exactly one choice, and a choice shows as its boxes."""

from hypothesis import given
from hypothesis import strategies as st

from publisher.model.rubric import Rubric, RubricTree
from publisher.model.selection import Selection
from publisher.web.outline import Node, iter_nodes, open_outline
from publisher.web.ticks import selection_of, shown_ticks
from tests.builders import a_rubric, a_tree

TREE = a_tree()
OUTLINE = open_outline(TREE)
ALL = frozenset(rubric.key for rubric in TREE)


def ticked(*keys: str) -> frozenset[str]:
    return frozenset(keys)


def covered(selection: Selection, tree: RubricTree = TREE) -> frozenset[str]:
    return selection.rubrics(tree)


@st.composite
def trees(draw: st.DrawFn) -> RubricTree:
    count = draw(st.integers(1, 9))
    rubrics: list[Rubric] = []
    for number in range(count):
        parent = draw(st.sampled_from([None, *(r.key for r in rubrics)]))
        rubrics.append(a_rubric(f"r{number}", parent))
    return RubricTree(tuple(rubrics))


@st.composite
def forms(
    draw: st.DrawFn,
) -> tuple[RubricTree, tuple[Node, ...], frozenset[str], frozenset[str]]:
    """Return a tree, what was ticked at first, and what a reader left ticked."""
    tree = draw(trees())
    keys = st.sampled_from(sorted(rubric.key for rubric in tree))
    chosen = draw(st.lists(keys, min_size=1))
    excluded = draw(st.lists(keys, max_size=3))
    outline = open_outline(tree)
    shown = shown_ticks(Selection(tuple(chosen), tuple(excluded)), tree, outline)
    return tree, outline, shown, frozenset(draw(st.sets(keys, min_size=1)))


def test_the_whole_site_shows_as_every_box() -> None:
    assert shown_ticks(Selection(), TREE, OUTLINE) == ALL


def test_a_box_ticked_brings_everything_below_it() -> None:
    selection = selection_of(ticked("novosti"), ticked(), OUTLINE)

    assert selection == Selection(("novosti",))
    assert "vektor" in covered(selection)


def test_a_box_unticked_leaves_everything_below_it_out() -> None:
    shown = shown_ticks(Selection(("novosti",)), TREE, OUTLINE)

    selection = selection_of(shown - {"politika"}, shown, OUTLINE)

    assert selection == Selection(("novosti",), ("politika",))
    assert "vektor" not in covered(selection)


def test_ticking_and_unticking_at_once_both_count() -> None:
    shown = ticked("politika", "vektor")

    selection = selection_of(ticked("novosti", "politika"), shown, OUTLINE)

    assert selection == Selection(("novosti",), ("vektor",))


def test_unticking_a_rubric_alone_keeps_what_is_still_ticked_below() -> None:
    shown = shown_ticks(Selection(("novosti",)), TREE, OUTLINE)

    selection = selection_of(ticked("obshchestvo"), shown, OUTLINE)

    assert selection == Selection(("obshchestvo",))


def test_a_box_ticked_below_one_left_out_brings_that_one_back() -> None:
    shown = shown_ticks(Selection(("novosti",), ("politika",)), TREE, OUTLINE)

    selection = selection_of(shown | {"vektor"}, shown, OUTLINE)

    assert selection == Selection(("novosti",))


def test_all_roots_ticked_is_the_whole_site_with_rubrics_to_come() -> None:
    assert selection_of(ALL, ticked("sport"), OUTLINE) == Selection()


def test_boxes_that_do_not_exist_count_for_nothing() -> None:
    selection = selection_of(ticked("sport", "futbol", "x"), ticked("y"), OUTLINE)

    assert selection == Selection(("sport",))


def test_an_open_rubric_below_a_closed_one_has_its_box() -> None:
    tree = a_tree(a_rubric("a", is_closed=True), a_rubric("b", "a"), a_rubric("c", "b"))

    outline = open_outline(tree)

    assert [node.key for node in iter_nodes(outline)] == ["b", "c"]
    assert selection_of(ticked("b", "c"), ticked(), outline).rubrics(tree) >= {"b", "c"}


@given(forms())
def test_sending_a_form_untouched_changes_nothing(
    form: tuple[RubricTree, tuple[Node, ...], frozenset[str], frozenset[str]],
) -> None:
    tree, outline, shown, _ = form

    assert shown_ticks(selection_of(shown, shown, outline), tree, outline) == shown or (
        not shown
    )


@given(forms())
def test_whatever_is_newly_ticked_is_covered_and_what_is_newly_unticked_is_not(
    form: tuple[RubricTree, tuple[Node, ...], frozenset[str], frozenset[str]],
) -> None:
    tree, outline, shown, left = form

    result = selection_of(left, shown, outline).rubrics(tree)

    assert left - shown <= result
    for key in shown - left:
        below = {rubric.key for rubric in tree.subtree(key)}
        if not below & (left - shown):
            assert key not in result


@given(forms())
def test_showing_the_result_and_sending_it_again_gives_the_same(
    form: tuple[RubricTree, tuple[Node, ...], frozenset[str], frozenset[str]],
) -> None:
    tree, outline, shown, left = form
    selection = selection_of(left, shown, outline)
    again = shown_ticks(selection, tree, outline)

    assert selection_of(again, again, outline).rubrics(tree) == selection.rubrics(tree)
