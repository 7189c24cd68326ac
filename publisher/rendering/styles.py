"""Style sheets into style attributes: many mail readers drop everything else.

The rendered page is inlined, not the template: an HTML parser would move a loop that
stands between table rows. Media rules (phones, dark mode) stay in one style block.
"""

import hashlib
import re
from collections import OrderedDict
from threading import Lock

from css_inline import CSSInliner, InlineError

from publisher.errors import TemplateError

__all__ = ["StyleInliner"]

# The inliner puts the media rules first, but a parser looks for the charset in the
# first 1,024 bytes only (HTML standard, section 4.2.5.4).
_FIRST_STYLE = re.compile(
    r"(<head[^>]*>)(<style>.*?</style>)(.*?)(?=</head>)", re.DOTALL
)


class StyleInliner:
    """Inline styles; the last pages are kept, because many readers get the same."""

    def __init__(self, kept: int = 32) -> None:
        """Keep the results for this many pages, some 50 KB each."""
        self._kept = kept
        self._results: OrderedDict[bytes, str] = OrderedDict()
        self._lock = Lock()
        self._inliner = CSSInliner(
            keep_at_rules=True,
            minify_css=True,
            # A style sheet elsewhere would be fetched at every rendering.
            load_remote_stylesheets=False,
        )

    def inline(self, html: str) -> str:
        """Return the page with its styles inlined; raises TemplateError."""
        key = hashlib.sha256(html.encode()).digest()
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
        try:
            result = _FIRST_STYLE.sub(r"\1\3\2", self._inliner.inline(html), count=1)
        except InlineError as error:
            msg = f"the style sheet of a message cannot be inlined: {error}"
            raise TemplateError(msg) from error
        with self._lock:
            self._results[key] = result
            while len(self._results) > self._kept:
                self._results.popitem(last=False)
        return result
