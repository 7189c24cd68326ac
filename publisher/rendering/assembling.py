"""Digests put together from pieces, each of which is rendered once.

Readers' lists of articles differ more than the articles do: of a hundred readers some
fifty have a list of their own. So nothing is rendered for a list but its subject and
the line that mail programs show beside it. Everything else is a piece that depends on
one article or rubric and on what is the same for the whole edition, and is kept.

What is missing is rendered in one go, as a digest that holds just that; the templates
mark where it comes apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from publisher.errors import TemplateError
from publisher.model.content import DigestContent, Piece
from publisher.rendering.letterhead import Look, Personal, Site, harmless
from publisher.rendering.mosaic import Measure, Wanted, brief, mosaic, without_pictures
from publisher.rendering.plaintext import shorten
from publisher.rendering.shelves import Kept, Run, Setting, Shelves
from publisher.rendering.slots import cut_apart, slot
from publisher.rendering.templates import Renderer

__all__ = ["MAX_HTML_BYTES", "Assembler", "Assembly", "Broken"]

# Mail providers clip a message at about 100,000 bytes of HTML, with the link to leave
# at its end. A digest that would be longer says less of each article first: characters
# of lead, related articles. Only then the oldest articles go behind the link to more.
MAX_HTML_BYTES = 90_000
MEASURES: tuple[Measure, ...] = ((500, 4), (200, 0), (0, 0))
COMPACT: tuple[Measure, ...] = ((140, 0), (0, 0))
"""For readers who want little of each: one line, and no pictures."""
RESERVED = 2_000
"""Bytes for what is filled in: the preheader, the reader's address and links."""

LINE = 57
"""Bytes that a piece is padded to a multiple of when it is encoded."""

MAX_PREHEADER = 110


@dataclass(frozen=True, slots=True)
class Broken:
    """An article that no template could print in its place, and why."""

    article_id: int
    piece: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """A digest as pieces in their order, to be joined."""

    subject: str
    preheader: str
    pieces: tuple[Piece, ...]
    broken: tuple[Broken, ...] = ()

    @property
    def html_bytes(self) -> int:
        """How long the HTML can become, with everything filled in."""
        sizes = (len(piece.html.encode()) for piece in self.pieces)
        return sum(-(-size // LINE) * LINE for size in sizes) + RESERVED


class Assembler:
    """Puts digests together; the pieces of the last editions are kept in memory.

    Any number of threads may ask at once.
    """

    def __init__(self, renderer: Renderer, *, look: Look, zone: tzinfo) -> None:
        self._renderer = renderer
        self._look = look
        self._zone = zone
        self._shelves = Shelves()

    def fitted(
        self, content: DigestContent, *, site: Site, personal: Personal | None = None
    ) -> Assembly:
        """Return a digest that mail providers do not clip; raises TemplateError.

        Articles without a card, and those that do not fit, are counted as more.
        """
        setting = self._setting(content, site, personal or Personal())
        assembly = None
        for measure in COMPACT if content.is_compact else MEASURES:
            assembly = self._whole(content, setting, measure)
            if assembly.html_bytes <= MAX_HTML_BYTES:
                return assembly
        while assembly is not None and len(content.articles) > 1:
            content = content.without(_oldest(content, assembly.html_bytes))
            assembly = self._whole(content, setting, MEASURES[-1])
            if assembly.html_bytes <= MAX_HTML_BYTES:
                return assembly
        size = assembly.html_bytes if assembly else 0
        msg = (
            f'digest "{content.digest_key}": a single article makes {size} bytes of'
            " HTML, and mail providers clip a message at about 100000; shorten the"
            " templates"
        )
        raise TemplateError(msg)

    def _setting(
        self, content: DigestContent, site: Site, personal: Personal
    ) -> Setting:
        return Setting(
            "instant" if content.is_instant else "digest",
            content.is_compact,
            content.digest_key,
            content.title,
            content.language,
            content.dated,
            content.more_url,
            site,
            personal,
            self._renderer.version,
        )

    def _whole(
        self, content: DigestContent, setting: Setting, measure: Measure
    ) -> Assembly:
        """Assemble what can be; what cannot is left out, with its reason."""
        broken: list[Broken] = []
        run = Run(content, setting, measure, self._shelves.of(setting))
        while failed := self._provide(run):
            broken += failed
            cards = {one.article_id for one in failed if one.piece == "card"}
            strip = {one.article_id for one in failed if one.piece == "headline"}
            latest = tuple(a for a in run.content.latest if a.id not in strip)
            left = replace(run.content.without(cards), latest=latest)
            if cards and not left.articles:
                raise TemplateError(failed[0].reason)
            run = replace(run, content=left)
        digest = run.harmless()
        preheader = _preheader(digest)
        values = self._values(digest, setting, preheader)
        return Assembly(
            subject=self._renderer.line(
                f"email/{setting.folder}/subject.txt", content.language, **values
            ),
            preheader=preheader,
            pieces=run.pieces(),
            broken=tuple(broken),
        )

    def _provide(self, run: Run) -> list[Broken]:
        """Put the pieces that are missing onto the shelf; return what is broken."""
        missing = [want for want in run.wanted if not run.has(want)]
        if not missing:
            return []
        try:
            self._render(run, missing)
        except TemplateError:
            return self._render_apart(run, missing)
        return []

    def _render_apart(self, run: Run, missing: Sequence[Wanted]) -> list[Broken]:
        """Render one article at a time: the one that fails steps aside (law 19).

        Raises TemplateError when no article is to blame.
        """
        self._render(run, [want for want in missing if want.article is None])
        broken = []
        for want in missing:
            if want.article is None:
                continue
            try:
                self._render(run, [want])
            except TemplateError as error:
                broken.append(Broken(want.article.id, want.name, str(error)))
        return broken

    def _render(self, run: Run, wanted: Sequence[Wanted]) -> None:
        """Render pieces with the templates, as a digest that holds just them."""
        digest, order = mosaic(run.content, wanted)
        digest = brief(harmless(digest), run.measure)
        if run.setting.is_compact:
            digest = without_pictures(digest)
        values = self._values(digest, run.setting, slot("preheader"))
        values["count"] = len(run.content.articles)
        folder = run.setting.folder
        message = self._renderer.message(folder, digest.language, **values)
        texts, htmls = cut_apart(message.text), cut_apart(message.html)
        names = [name for name, _ in order]
        _check_cuts(f"{folder}/body.txt", texts, names)
        _check_cuts(f"{folder}/body.html", htmls, names)
        for (_, want), (_, text), (_, html) in zip(order, texts, htmls, strict=True):
            if want is not None:
                number = want.article.id if want.article is not None else 0
                run.shelf[want.key] = Kept(want.article, Piece(text, html, number))

    def _values(
        self, digest: DigestContent, setting: Setting, preheader: str
    ) -> dict[str, object]:
        return {
            "digest": digest,
            "count": len(digest.articles),
            "site": harmless(setting.site),
            "look": harmless(self._look),
            "zone": self._zone,
            "personal": setting.personal,
            "preheader": preheader,
        }


def _oldest(content: DigestContent, size: int) -> set[int]:
    """Return articles that must go so that the rest has a chance to fit."""
    articles = sorted(content.articles, key=lambda a: (a.published_at, a.id))
    share = max(1, (size - MAX_HTML_BYTES) * len(articles) // size)
    return {article.id for article in articles[: min(share, len(articles) - 1)]}


def _preheader(digest: DigestContent) -> str:
    """Return what mail lists show beside the subject, which has the first headline."""
    articles = digest.articles
    if len(articles) > 1:
        return shorten(" · ".join(a.title for a in articles[1:5]), MAX_PREHEADER)
    return shorten(articles[0].lead, MAX_PREHEADER) if articles else ""


def _check_cuts(
    file: str, pieces: Sequence[tuple[str, str]], names: Sequence[str]
) -> None:
    """Refuse templates that do not come apart where they must."""
    found = [name for name, _ in pieces]
    if found == names:
        return
    lacking = next((name for name in names if name not in found), "")
    what = f'lacks {{{{ cut("{lacking}") }}}}' if lacking else "has its cuts elsewhere"
    msg = (
        f"email/{file} {what}; every piece must begin with its mark, as in"
        f" shipped/email/{file}"
    )
    raise TemplateError(msg)
