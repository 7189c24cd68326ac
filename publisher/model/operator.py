"""Who answers for the data of readers, as the pages name it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Operator"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A company in the register; texts are by language, "" stands for all of them."""

    legal_names: Mapping[str, str] = field(default_factory=dict)
    bin: str = ""
    addresses: Mapping[str, str] = field(default_factory=dict)
    contact: str = ""
    third_parties: Mapping[str, str] = field(default_factory=dict)

    def legal_name(self, language: str) -> str:
        """Return the company's name, empty where none is given."""
        return _text(self.legal_names, language)

    def address(self, language: str) -> str:
        """Return its legal address."""
        return _text(self.addresses, language)

    def others(self, language: str) -> str:
        """Return who else handles the data."""
        return _text(self.third_parties, language)


def _text(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or texts.get("", "")
