"""Templates into pages and messages: the only door to Jinja2.

Templates stand in `templates/` (`web/` for pages, `email/<message>/` for messages). A
newsroom's own folders come first, so it may replace any single file; `shipped/...`
names the file that comes with the package, for a replacement that only extends it.
Templates see what they are given and nothing else, and a name that they are not given
is an error, never an empty place in a mail.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

import jinja2
import jinja2.nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

import publisher
from publisher.errors import TemplateError
from publisher.model.picture import picture_key, picture_path
from publisher.rendering.colours import readable
from publisher.rendering.failures import explain
from publisher.rendering.language import Language, Languages
from publisher.rendering.plaintext import one_line, shorten, tidy, wrap
from publisher.rendering.slots import cut, personal_part
from publisher.rendering.styles import StyleInliner

__all__ = ["RenderedMessage", "Renderer", "make_environment", "shipped_templates"]

SHIPPED = "shipped"
MARKUP = (".html", ".xml")
# The rest either differs from run to run (`lipsum`, the filter `random`) or is nothing
# that a page needs.
GLOBALS = ("_", "cycler", "dict", "joiner", "namespace", "range")


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """A message before it is bytes; `text` and `html` may hold slots."""

    subject: str
    text: str
    html: str

    @property
    def html_bytes(self) -> int:
        """The size that mail providers clip at, about 100,000 bytes."""
        return len(self.html.encode())


def shipped_templates(package: Path | None = None) -> Path:
    """Return the folder of the templates that come with the package.

    An installed wheel has them inside the package, a checkout beside it. Raises
    TemplateError when they are in neither place.
    """
    package = package or Path(publisher.__file__).parent
    inside, beside = package / "_templates", package.parent / "templates"
    for folder in (inside, beside):
        if folder.is_dir():
            return folder
    msg = f"no templates in {inside} or {beside}; install the package anew"
    raise TemplateError(msg)


def make_environment(
    folders: tuple[Path, ...], shipped: Path, language: Language
) -> jinja2.Environment:
    """Return a sandboxed environment that speaks one language.

    Markup is escaped by the kind of file: in .html and .xml yes, in .txt no.
    """
    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.ChoiceLoader(
            [
                jinja2.FileSystemLoader([*folders, shipped]),
                jinja2.PrefixLoader({SHIPPED: jinja2.FileSystemLoader(shipped)}),
            ]
        ),
        autoescape=lambda name: name is not None and name.endswith(MARKUP),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    for name in environment.globals.keys() - GLOBALS:
        del environment.globals[name]
    del environment.filters["random"]
    # A message id is its text, not the line breaks around it in the template.
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        language.gettext, language.ngettext, newstyle=True
    )
    environment.globals["language"] = language
    environment.globals["cut"] = _cut
    environment.globals["mail_only"] = partial(_personal_part, is_end=False)
    environment.globals["end_mail_only"] = partial(_personal_part, is_end=True)
    environment.filters.update(
        credit=language.credit,
        long_date=language.long_date,
        day=language.day,
        day_ahead=language.day_ahead,
        short_date=language.short_date,
        time=language.time,
        copied=copied,
        moment=language.moment,
        one_line=one_line,
        readable=readable,
        shorten=shorten,
        wrap=wrap,
    )
    return environment


@jinja2.pass_eval_context
def _cut(context: jinja2.nodes.EvalContext, name: str) -> str:
    """Mark where a piece begins; where markup is escaped, in a comment."""
    return Markup(f"<!--{cut(name)}-->") if context.autoescape else cut(name)  # noqa: S704 (a name of ours)


def _personal_part(*, is_end: bool) -> Markup:
    """Mark where what only a mail says begins, or ends."""
    return Markup(personal_part(is_end))  # noqa: S704 (a mark of ours)


def copied(url: str, copies_url: str, width: int) -> str:
    """Return the address of our own copy of a lead picture, or of the original."""
    return copies_url + picture_path(picture_key(url), width) if copies_url else url


class Renderer:
    """Pages and messages in every language there is a catalogue for.

    `folders` are a newsroom's own templates, strongest first; a folder `catalogues` in
    one of them adds languages or changes wordings.
    """

    def __init__(self, *folders: Path, shipped: Path | None = None) -> None:
        """Raise TemplateError when one of the folders does not exist."""
        self._shipped = shipped or shipped_templates()
        self._inliner = StyleInliner()
        self._versions = count(1)
        self.switch(*folders)

    def switch(self, *folders: Path) -> None:
        """Render from these folders from now on; raises TemplateError like `__init__`.

        What is being rendered in another thread ends as it began.
        """
        for folder in folders:
            if not folder.is_dir():
                msg = f"{folder}: there is no such folder of templates"
                raise TemplateError(msg)
        self._own = _Own(
            folders,
            Languages(*(folder / "catalogues" for folder in folders)),
            next(self._versions),
        )

    @property
    def languages(self) -> Languages:
        """The languages there is a catalogue for."""
        return self._own.languages

    def try_all(self, language: str) -> None:
        """Compile every template of the own folders; raises TemplateError."""
        for folder in self._own.folders:
            for path in sorted(folder.rglob("*")):
                if path.suffix in (*MARKUP, ".txt"):
                    name = path.relative_to(folder).as_posix()
                    environment = self._environment(self._own, language)
                    self._explained(partial(_compile, environment, name), name, {})

    @property
    def version(self) -> int:
        """A number that changes whenever other templates are rendered from."""
        return self._own.version

    def page(self, name: str, language: str, /, **values: object) -> str:
        """Render one template by its name below the folder: `web/subscribe.html`.

        Raises TemplateError.
        """
        return self._rendered(name, language, values)

    def line(self, name: str, language: str, /, **values: object) -> str:
        """Render one template to a single line; raises TemplateError."""
        return one_line(self._rendered(name, language, values))

    def message(
        self, folder: str, language: str, /, **values: object
    ) -> RenderedMessage:
        """Render `subject.txt`, `body.txt` and `body.html` of `email/<folder>/`.

        Raises TemplateError.
        """
        subject, text, html = (
            self._rendered(f"email/{folder}/{part}", language, values)
            for part in ("subject.txt", "body.txt", "body.html")
        )
        return RenderedMessage(
            subject=one_line(subject), text=tidy(text), html=self._inliner.inline(html)
        )

    def _rendered(self, name: str, language: str, values: dict[str, object]) -> str:
        environment = self._environment(self._own, language)
        return self._explained(
            lambda: environment.get_template(name).render(values), name, values
        )

    def _explained(
        self, render: Callable[[], str], name: str, values: dict[str, object]
    ) -> str:
        try:
            return render()
        # Whatever a template manages to do wrong is its own failure, not the service's.
        except Exception as error:
            folders = (*self._own.folders, self._shipped)
            raise TemplateError(explain(error, name, folders, values)) from error

    def _environment(self, own: "_Own", code: str) -> jinja2.Environment:
        language = own.languages.get(code)
        if language.code not in own.environments:
            own.environments[language.code] = make_environment(
                own.folders, self._shipped, language
            )
        return own.environments[language.code]


@dataclass(frozen=True, slots=True)
class _Own:
    """Folders of templates with what was made of them, exchanged as one."""

    folders: tuple[Path, ...]
    languages: Languages
    version: int
    environments: dict[str, jinja2.Environment] = field(default_factory=dict)


def _compile(environment: jinja2.Environment, name: str) -> str:
    environment.get_template(name)
    return name
