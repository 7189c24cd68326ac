"""What was typed into the fields of a form."""

from starlette.datastructures import FormData

__all__ = ["text_field"]


def text_field(form: FormData, name: str) -> str:
    """Return what a field says; empty when it is missing, or holds a file."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
