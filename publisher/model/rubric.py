"""The tree of rubrics: lineage, subtrees, addresses and names in each language."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from publisher.errors import RubricError

__all__ = ["Rubric", "RubricTree"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """A node of the section tree. `key` is its permanent identity, `slug` its address.

    `id` is the store's number for it, 0 where the tree has not met a store.
    """

    key: str
    slug: str
    names: Mapping[str, str]
    parent: str | None = None
    aliases: tuple[str, ...] = ()
    is_closed: bool = False
    id: int = 0

    def name(self, language: str) -> str:
        """Return the name in a language, or in the first language it has a name in."""
        return self.names.get(language) or next(iter(self.names.values()), self.key)


@dataclass(frozen=True)
class RubricTree:
    """All rubrics in the operator's order; raises RubricError when that is no tree."""

    rubrics: tuple[Rubric, ...]
    _by_key: dict[str, Rubric] = field(init=False, repr=False, compare=False)
    _children: dict[str | None, list[Rubric]] = field(
        init=False, repr=False, compare=False
    )
    _by_name: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_key = {rubric.key: rubric for rubric in self.rubrics}
        children: dict[str | None, list[Rubric]] = {}
        for rubric in self.rubrics:
            children.setdefault(rubric.parent, []).append(rubric)
        object.__setattr__(self, "_by_key", by_key)
        object.__setattr__(self, "_children", children)
        object.__setattr__(self, "_by_name", {})
        for rubric in self.rubrics:
            if rubric.parent is not None and rubric.parent not in by_key:
                msg = (
                    f'rubric "{rubric.key}": parent "{rubric.parent}" is not defined'
                    f"{self.suggestion(rubric.parent)}"
                )
                raise RubricError(msg)
            self._refuse_loop(rubric)
        self._index_names()

    def _refuse_loop(self, rubric: Rubric) -> None:
        seen = {rubric.key}
        parent = rubric.parent
        while parent is not None:
            if parent in seen:
                msg = f'rubric "{rubric.key}" is its own ancestor through "{parent}"'
                raise RubricError(msg)
            seen.add(parent)
            parent = self._by_key[parent].parent if parent in self._by_key else None

    def _index_names(self) -> None:
        """Map every way a source may name a rubric to its key, strongest first."""
        for names_of in (
            lambda r: (r.key,),
            lambda r: r.aliases,
            lambda r: (self.path(r.key),),
            lambda r: (r.slug,),
            lambda r: tuple(r.names.values()),
        ):
            for rubric in self.rubrics:
                for name in names_of(rubric):
                    self._by_name.setdefault(name.strip().casefold(), rubric.key)

    def __iter__(self) -> Iterator[Rubric]:
        return iter(self.rubrics)

    def __len__(self) -> int:
        return len(self.rubrics)

    def __contains__(self, key: object) -> bool:
        return key in self._by_key

    def get(self, key: str) -> Rubric:
        """Return the rubric with this key; raises RubricError with the nearest one."""
        try:
            return self._by_key[key]
        except KeyError:
            msg = f'rubric "{key}" is not defined{self.suggestion(key)}'
            raise RubricError(msg) from None

    def find(self, name: str) -> Rubric | None:
        """Return the rubric that a source means by a key, path, alias, slug or name."""
        key = self._by_name.get(name.strip().strip("/").casefold())
        return self._by_key[key] if key is not None else None

    def suggestion(self, name: str) -> str:
        """Return ` (did you mean "x"?)` for the nearest key, or nothing."""
        near = get_close_matches(name, list(self._by_key), n=1)
        return f' (did you mean "{near[0]}"?)' if near else ""

    def children(self, key: str | None) -> tuple[Rubric, ...]:
        """Return the direct children in the operator's order, or the roots for None."""
        return tuple(self._children.get(key, ()))

    def lineage(self, key: str) -> tuple[Rubric, ...]:
        """Return the rubrics from the root down to this one, itself included."""
        line = [self.get(key)]
        while line[-1].parent is not None:
            line.append(self._by_key[line[-1].parent])
        return tuple(reversed(line))

    def path(self, key: str) -> str:
        """Return the address: slugs from the root, `novosti/politika`."""
        return "/".join(rubric.slug for rubric in self.lineage(key))

    def label(self, key: str, language: str, separator: str = " / ") -> str:
        """Return the names from the root, `Новости / Политика`."""
        return separator.join(rubric.name(language) for rubric in self.lineage(key))

    def subtree(self, key: str) -> tuple[Rubric, ...]:
        """Return this rubric and everything below it, depth first."""
        found = [self.get(key)]
        for child in self.children(key):
            found.extend(self.subtree(child.key))
        return tuple(found)

    def walk(self) -> Iterator[tuple[int, Rubric]]:
        """Yield (depth, rubric) over the whole tree, depth first, roots at 0."""

        def below(key: str | None, depth: int) -> Iterator[tuple[int, Rubric]]:
            for child in self.children(key):
                yield depth, child
                yield from below(child.key, depth + 1)

        return below(None, 0)

    def expand(
        self, chosen: Iterable[str], excluded: Iterable[str] = ()
    ) -> frozenset[str]:
        """Return the keys of the chosen subtrees without the excluded subtrees."""
        keys = {rubric.key for key in chosen for rubric in self.subtree(key)}
        without = {rubric.key for key in excluded for rubric in self.subtree(key)}
        return frozenset(keys - without)
