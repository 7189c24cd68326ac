"""What went wrong in a template: which file, which line, which name, what to do."""

import re
import traceback
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

import jinja2

__all__ = ["explain"]

_UNDEFINED_NAME = re.compile(r"^'(\w+)' is undefined$")


def explain(
    error: Exception, name: str, folders: Sequence[Path], given: Iterable[str]
) -> str:
    """Return `file:line: what is wrong; what to do` for a template's failure."""
    place = _place(error, name, folders)
    match error:
        case jinja2.TemplatesNotFound() | jinja2.TemplateNotFound():
            wanted = error.name or name
            looked = ", ".join(str(folder) for folder in folders)
            asked = "" if wanted == name else f"{place}: "
            return f"{asked}there is no template {wanted} (looked in {looked})"
        case jinja2.TemplateSyntaxError():
            return f"{place}: {error.message}; correct the template"
        case jinja2.UndefinedError():
            return f"{place}: {error.message}{_remedy(str(error.message), given)}"
        case jinja2.TemplateRuntimeError():
            return f"{place}: {error.message}; correct the template"
        case _:
            return f"{place}: {type(error).__name__}: {error}; correct the template"


def _place(error: Exception, name: str, folders: Sequence[Path]) -> str:
    """Return the innermost line of a template that led to the error."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return f"{error.filename or error.name or name}:{error.lineno}"
    roots = tuple(f"{folder}/" for folder in folders)
    lines = [
        f"{frame.f_code.co_filename}:{line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename.startswith(roots)
    ]
    return lines[-1] if lines else name


def _remedy(message: str, given: Iterable[str]) -> str:
    found = _UNDEFINED_NAME.match(message)
    if found is None:
        return "; correct the template"
    names = sorted({*given, "language"})
    near = get_close_matches(found[1], names, n=1)
    if near:
        return f' (did you mean "{near[0]}"?)'
    return f"; the template is given {', '.join(names)}"
