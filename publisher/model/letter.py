"""Letters: which kinds there are, and the links that stand in each."""

from collections.abc import Mapping
from dataclasses import dataclass

from publisher.errors import TemplateError
from publisher.model.token import Purpose, TokenKeys

__all__ = ["LETTERS", "Link", "links_of"]


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a letter: its name in the template, and what its token lets do.

    `path` stands before the token, `fact` names the number that the token is about.
    """

    name: str
    purpose: Purpose
    path: str
    fact: str


_PREFERENCES = Link("preferences_url", Purpose.PREFERENCES, "preferences", "subscriber")

LETTERS: Mapping[str, tuple[Link, ...]] = {
    "confirm": (Link("confirm_url", Purpose.CONFIRM, "confirm", "joining"),),
    "welcome": (_PREFERENCES, Link("leave_url", Purpose.LEAVE_ALL, "u", "subscriber")),
    "preferences": (_PREFERENCES,),
    "goodbye": (Link("return_url", Purpose.RETURN, "return", "subscription"),),
    "export": (Link("export_url", Purpose.EXPORT, "export", "export"),),
    "address": (Link("address_url", Purpose.ADDRESS, "address", "change"),),
}
"""The kinds of letters, each with its links; a kind is a folder of templates."""


def links_of(
    kind: str, facts: Mapping[str, object], tokens: TokenKeys, base_url: str
) -> dict[str, str]:
    """Return the signed links of a letter by name.

    Raises TemplateError for a kind there is not, and where a fact is missing or is no
    number.
    """
    if kind not in LETTERS:
        msg = f'letter "{kind}": there is no such kind; there are {", ".join(LETTERS)}'
        raise TemplateError(msg)
    links = {}
    for link in LETTERS[kind]:
        subject = facts.get(link.fact)
        if not isinstance(subject, int):
            msg = f'letter "{kind}": the fact "{link.fact}" is no number: {subject!r}'
            raise TemplateError(msg)
        token = tokens.sign(link.purpose, subject)
        links[link.name] = f"{base_url}/{link.path}/{token}"
    return links
