"""docs/reference/http.md names every address there is, and no other."""

import re
from pathlib import Path

from publisher.web.app import page_routes
from publisher.web.pages import Pages
from publisher.web.static import StaticFiles
from tests.web.site import Site

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "http.md"
ROW = re.compile(r"^\| `(/[^`]*)` \| ([A-Z, ]+) \|", re.MULTILINE)
LANGUAGE = re.compile(r"^/(?:ru|kk)/")


def test_the_reference_names_every_address_with_its_methods(
    lasting_site: Site, tmp_path: Path
) -> None:
    parts = lasting_site.in_development(tmp_path, tmp_path).parts
    static = StaticFiles(parts.look.accent)
    routes = page_routes(Pages(parts, static), static)

    offered = {
        (
            LANGUAGE.sub("/{language}/", route.path).replace(":path", ""),
            frozenset((route.methods or set()) - {"HEAD"}),
        )
        for route in routes
    }

    described = {
        (path, frozenset(methods.split(", ")))
        for path, methods in ROW.findall(REFERENCE.read_text("utf-8"))
        if not path.startswith("/feeds/")
    }
    assert described == offered
