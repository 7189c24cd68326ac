"""Rubrics form a tree, or are refused with what is wrong and what was meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import RubricError
from publisher.model.rubric import Rubric, RubricTree
from tests.builders import a_rubric, a_tree
from tests.effort import effort

TREE = a_tree()
KEYS = ("a", "b", "c", "d", "e", "f")


@st.composite
def trees(draw: st.DrawFn) -> RubricTree:
    """Return a tree of six rubrics in any shape, children before parents or after."""
    parents = [
        draw(st.sampled_from([None, *KEYS[:number]])) for number in range(len(KEYS))
    ]
    rubrics = [a_rubric(key, parent) for key, parent in zip(KEYS, parents, strict=True)]
    return RubricTree(tuple(draw(st.permutations(rubrics))))


def test_a_rubric_is_found_by_its_key() -> None:
    assert TREE.get("vektor").slug == "mezhdunarodnyi-vektor"
    assert "vektor" in TREE
    assert "kultura" not in TREE
    assert len(TREE) == 6


def test_an_unknown_key_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(RubricError, match=r'"politka" is not .* mean "politika"'):
        TREE.get("politka")


def test_a_parent_that_is_not_there_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(RubricError, match=r'"b": parent "novsti".*mean "novosti"'):
        RubricTree((a_rubric("novosti"), a_rubric("b", "novsti")))


@pytest.mark.parametrize(
    "rubrics",
    [
        (a_rubric("a", "a"),),
        (a_rubric("a", "b"), a_rubric("b", "a")),
        (a_rubric("a", "c"), a_rubric("b", "a"), a_rubric("c", "b"), a_rubric("d")),
    ],
    ids=["itself", "each other", "in a ring"],
)
def test_a_rubric_above_itself_is_refused(rubrics: tuple[Rubric, ...]) -> None:
    with pytest.raises(RubricError, match="its own ancestor"):
        RubricTree(rubrics)


def test_the_address_of_a_rubric_goes_down_from_its_root() -> None:
    assert TREE.path("vektor") == "novosti/politika/mezhdunarodnyi-vektor"
    assert [rubric.key for rubric in TREE.lineage("vektor")] == [
        "novosti",
        "politika",
        "vektor",
    ]


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("ru", "Новости / Политика"),
        ("kk", "Жаңалықтар / Саясат"),
        ("en", "Новости / Политика"),
    ],
)
def test_a_rubric_is_named_in_the_reader_s_language_or_the_first_it_has(
    language: str, label: str
) -> None:
    assert TREE.label("politika", language) == label


def test_a_rubric_without_a_name_is_called_by_its_key() -> None:
    nameless = Rubric(key="arhiv", slug="arhiv", names={})

    assert nameless.name("ru") == "arhiv"


def test_the_tree_is_walked_in_the_operator_s_order() -> None:
    walked = [(depth, rubric.key) for depth, rubric in TREE.walk()]

    assert walked == [
        (0, "novosti"),
        (1, "politika"),
        (2, "vektor"),
        (1, "obshchestvo"),
        (0, "sport"),
        (1, "futbol"),
    ]
    assert [rubric.key for rubric in TREE.children(None)] == ["novosti", "sport"]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("politika", "politika"),
        ("  ПОЛИТИКА ", "politika"),
        ("саясат", "politika"),
        ("novosti/politika", "politika"),
        ("/novosti/politika/", "politika"),
        ("mezhdunarodnyi-vektor", "vektor"),
        ("Люди", "obshchestvo"),
        ("культура", None),
        ("", None),
    ],
)
def test_a_source_may_name_a_rubric_in_many_ways(name: str, key: str | None) -> None:
    found = TREE.find(name)

    assert (found.key if found else None) == key


def test_a_key_is_stronger_than_another_rubric_s_alias_or_name() -> None:
    tree = a_tree(
        a_rubric("a", aliases=("sport",), names={"ru": "Спорт"}),
        a_rubric("sport", names={"ru": "Не то"}),
        a_rubric("b", aliases=("спорт",)),
    )

    keys = [found.key for name in ("sport", "спорт") if (found := tree.find(name))]
    assert keys == ["sport", "b"]


def test_a_choice_of_subtrees_leaves_out_the_excluded_ones() -> None:
    assert TREE.expand(["novosti"], ["politika"]) == {"novosti", "obshchestvo"}
    assert TREE.expand(["sport", "futbol"]) == {"sport", "futbol"}
    assert TREE.expand([]) == set()


@effort(50)
@given(tree=trees())
def test_walking_shows_every_rubric_once_after_the_one_above(tree: RubricTree) -> None:
    walked = [rubric.key for _, rubric in tree.walk()]

    assert sorted(walked) == list(KEYS)
    for depth, rubric in tree.walk():
        assert len(tree.lineage(rubric.key)) == depth + 1
        if rubric.parent is not None:
            assert walked.index(rubric.parent) < walked.index(rubric.key)


@effort(50)
@given(tree=trees())
def test_a_subtree_is_everything_that_has_its_root_above_it(tree: RubricTree) -> None:
    for key in KEYS:
        below = {rubric.key for rubric in tree.subtree(key)}

        assert below == {k for k in KEYS if tree.get(key) in tree.lineage(k)}
        assert all(tree.path(k).startswith(f"{tree.path(key)}/") for k in below - {key})
