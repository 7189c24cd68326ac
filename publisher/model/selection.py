"""What a reader chose: rubric subtrees, some of them left out again."""

from dataclasses import dataclass
from hashlib import sha256

from publisher.model.rubric import RubricTree

__all__ = ["Selection"]


@dataclass(frozen=True, slots=True)
class Selection:
    """Chosen and excluded rubric keys; nothing chosen means the whole site."""

    chosen: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """A canonical spelling, equal for equal choices: `ekonomika sport -futbol`."""
        wanted = sorted(set(self.chosen))
        unwanted = sorted(set(self.excluded))
        return " ".join([*wanted, *(f"-{key}" for key in unwanted)])

    @property
    def key_hash(self) -> str:
        """What it is looked up by: a thousand rubrics are too long for an index."""
        return sha256(self.key.encode()).hexdigest()

    @classmethod
    def from_key(cls, key: str) -> "Selection":
        """Return the selection that a canonical spelling stands for."""
        words = key.split()
        return cls(
            tuple(word for word in words if not word.startswith("-")),
            tuple(word[1:] for word in words if word.startswith("-")),
        )

    def rubrics(self, tree: RubricTree) -> frozenset[str]:
        """Return the keys of every rubric it covers; rubrics gone since are ignored."""
        chosen = [key for key in self.chosen if key in tree]
        if not self.chosen:
            chosen = [rubric.key for rubric in tree.children(None)]
        return tree.expand(chosen, (key for key in self.excluded if key in tree))
