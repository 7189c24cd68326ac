"""Every kind of message as a file, for programs that judge HTML."""

from dataclasses import replace
from pathlib import Path

from publisher.rendering.digest import Personal, render_digest
from tests.rendering.newspaper import ALMATY, SITE_URL, Newspaper
from tests.shipped import shipped_renderer

__all__ = ["write_messages"]

LANGUAGES = ("ru", "kk")
READER = Personal(
    edition_url=f"{SITE_URL}/e/one",
    preferences_url=f"{SITE_URL}/preferences/two",
    leave_url=f"{SITE_URL}/u/three",
    address="aigul@reader.example",
)
GOLDEN = (
    Path(__file__).parents[1] / "golden",
    Path(__file__).parents[2] / "desk" / "golden",
)


def write_messages(folder: Path) -> list[Path]:
    """Write digests, articles at once, letters and alerts; return the files."""
    pages = {
        file.name: file.read_text("utf-8")
        for golden in GOLDEN
        for language in LANGUAGES
        for pattern in ("letter-*-", "alert-")
        for file in golden.glob(f"{pattern}{language}.body.html")
    }
    for language in LANGUAGES:
        for count in (1, 10):
            pages[f"digest-{language}-{count}.html"] = _digest(language, count)
        pages[f"instant-{language}.html"] = _digest(language, 3, is_instant=True)
    files = []
    for name, page in pages.items():
        (folder / name).write_text(page, "utf-8")
        files.append(folder / name)
    return files


def _digest(language: str, count: int, *, is_instant: bool = False) -> str:
    newspaper = Newspaper(language)
    content = newspaper.content(count, more=0 if is_instant else 5)
    if is_instant:
        content = replace(content, is_instant=True, latest=())
    return render_digest(
        shipped_renderer(), content, site=newspaper.site(), zone=ALMATY, personal=READER
    ).html
