"""The tree of rubrics as pages show it: open rubrics only, nested."""

from collections.abc import Iterator
from dataclasses import dataclass

from publisher.model.rubric import Rubric, RubricTree

__all__ = ["Node", "iter_nodes", "open_outline"]


@dataclass(frozen=True, slots=True)
class Node:
    """A rubric with the open rubrics below it."""

    rubric: Rubric
    children: tuple["Node", ...]

    @property
    def key(self) -> str:
        """The rubric's permanent key."""
        return self.rubric.key

    @property
    def subtree(self) -> frozenset[str]:
        """The keys of this rubric and of everything below it."""
        return frozenset(node.key for node in iter_nodes((self,)))


def open_outline(tree: RubricTree, above: str | None = None) -> tuple[Node, ...]:
    """Return the open rubrics below one, or all for None, in the operator's order.

    What is open below a closed rubric moves up into its place.
    """
    found: list[Node] = []
    for rubric in tree.children(above):
        children = open_outline(tree, rubric.key)
        if rubric.is_closed:
            found.extend(children)
        else:
            found.append(Node(rubric, children))
    return tuple(found)


def iter_nodes(nodes: tuple[Node, ...]) -> Iterator[Node]:
    """Yield these nodes and everything below them, depth first."""
    for node in nodes:
        yield node
        yield from iter_nodes(node.children)
