"""Names as parts of addresses: ASCII, short, the same on every machine."""

import hashlib
import re
import unicodedata

__all__ = ["LONGEST_SLUG", "slug_of", "spelling"]

LONGEST_SLUG = 72
"""Letters of a slug; room is left for what tells two equal ones apart."""

# Russian as in addresses of its newspapers, Kazakh by the sounds its readers expect.
_SPELLED = (
    "аa бb вv гg дd еe ёe жzh зz иi йy кk лl мm нn оo пp рr сs тt уu фf хh цts чch шsh"
    " щsch ъ ыy ь эe юyu яya әa ғg қq ңn өo ұu үu һh іi єe їi ґg ўu ßss"
)
_LETTERS = {letter[0]: letter[1:] for letter in _SPELLED.split()}
_OTHER = re.compile(r"[^a-z0-9]+")


def spelling(name: str) -> str:
    """Return a name so that the ways of writing it are equal: case, blanks, marks."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(folded.split())


def slug_of(name: str) -> str:
    """Return a name in ASCII letters and figures, `aygul-satpaeva`; never empty.

    Different names may have the same slug: who keeps them tells them apart. A name of
    which nothing is left has a slug made of its hash.
    """
    folded = spelling(name)
    letters = "".join(_LETTERS.get(letter, letter) for letter in folded)
    plain = unicodedata.normalize("NFKD", letters).encode("ascii", "ignore").decode()
    slug = _OTHER.sub("-", plain).strip("-")[:LONGEST_SLUG].rstrip("-")
    if slug:
        return slug
    digest = hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()
    return f"x{digest[:10]}"
