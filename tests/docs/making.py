"""Which pages have parts that are made from the code, and what those should say."""

from collections.abc import Iterator
from pathlib import Path

from tests.docs import command_line, configuration, mail_rules, store
from tests.docs.pages import REFERENCE, with_made_parts

PARTS = {
    REFERENCE / "configuration.md": configuration.made_parts,
    REFERENCE / "command-line.md": command_line.made_parts,
    REFERENCE / "mail-rules.md": mail_rules.made_parts,
    REFERENCE / "store.md": store.made_parts,
}


def outdated() -> Iterator[tuple[Path, str]]:
    """Yield every page that is not what the code says, with what it should be."""
    for page, made_parts in PARTS.items():
        text = page.read_text(encoding="utf-8")
        wanted = with_made_parts(text, made_parts())
        if wanted != text:
            yield page, wanted
