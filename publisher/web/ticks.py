"""From ticked boxes in a tree to a choice of rubrics, and back.

A choice is made of whole subtrees, some left out again. A form without JavaScript shows
one box per rubric and cannot tick the boxes below another one by itself, so what a
reader meant is read from what changed:

- a box ticked just now brings everything below it, except what was unticked just now;
- a rubric left out of a ticked one takes everything below it along, unless something
  there was ticked just now, which brings it back;
- every other box means what it shows.
"""

from publisher.model.rubric import RubricTree
from publisher.model.selection import Selection
from publisher.web.outline import Node, iter_nodes

__all__ = ["selection_of", "shown_ticks"]

Outline = tuple[Node, ...]


def shown_ticks(
    selection: Selection, tree: RubricTree, outline: Outline
) -> frozenset[str]:
    """Return the keys of the boxes that are ticked for a choice."""
    covered = selection.rubrics(tree)
    return frozenset(n.key for n in iter_nodes(outline) if n.key in covered)


def selection_of(
    ticked: frozenset[str], shown: frozenset[str], outline: Outline
) -> Selection:
    """Return the choice that a form stands for, `shown` being what it began with.

    With every root ticked it is the whole site, rubrics of the future included. With
    nothing ticked there is no choice: ask before.
    """
    meant = _meant(ticked, shown, outline)
    chosen: list[str] = []
    excluded: list[str] = []
    for root in outline:
        _describe(root, meant, chosen, excluded, is_covered=False)
    roots = [node.key for node in outline]
    return Selection(tuple(() if set(roots) <= meant else chosen), tuple(excluded))


def _meant(
    ticked: frozenset[str], shown: frozenset[str], outline: Outline
) -> frozenset[str]:
    """Return the ticks as the reader meant them."""
    known = frozenset(node.key for node in iter_nodes(outline))
    new, gone = (ticked - shown) & known, (shown - ticked) & known
    meant = set(ticked & known)
    for node in iter_nodes(outline):
        if node.key in new:
            for child in node.children:
                _bring(child, gone, meant)
    for root in outline:
        _settle(root, new, meant, is_covered=False)
    return frozenset(meant)


def _bring(node: Node, gone: frozenset[str], meant: set[str]) -> None:
    """Tick a subtree, except the subtrees that were unticked just now."""
    if node.key not in gone:
        meant.add(node.key)
        for child in node.children:
            _bring(child, gone, meant)


def _settle(
    node: Node, new: frozenset[str], meant: set[str], *, is_covered: bool
) -> None:
    """Make the subtree of a rubric left out either wholly left out or not."""
    if is_covered and node.key not in meant:
        if node.subtree & new & meant:
            meant.add(node.key)
        else:
            meant -= node.subtree
    for child in node.children:
        _settle(child, new, meant, is_covered=node.key in meant)


def _describe(
    node: Node,
    meant: frozenset[str],
    chosen: list[str],
    excluded: list[str],
    *,
    is_covered: bool,
) -> None:
    is_meant = node.key in meant
    if is_meant and not is_covered:
        chosen.append(node.key)
    elif is_covered and not is_meant:
        excluded.append(node.key)
    for child in node.children:
        _describe(child, meant, chosen, excluded, is_covered=is_meant)
