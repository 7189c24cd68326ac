"""How the service is reached and what it tells: `[web]` and `[logging]`."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from publisher.config.section import AsciiUrl, Section

__all__ = ["Logging", "Web"]


MAX_NUMBER = 255
"""A token has one byte for the number of its key."""


def _numbered(files: dict[int, str]) -> dict[int, str]:
    wrong = [number for number in files if not 1 <= number <= MAX_NUMBER]
    if wrong:
        msg = f"number {wrong[0]} is not between 1 and {MAX_NUMBER}"
        raise ValueError(msg)
    return files


class Web(Section):
    """`[web]`: how feeds and pages are served."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    """Port to listen on."""
    base_url: AsciiUrl = "http://127.0.0.1:8000"
    """Public address of this service, as readers see it."""
    secret: SecretStr | None = None
    """Signs the links in mails; better `secret_file` or the environment."""
    secret_file: str = "var/secret"
    """File with the secret; made on first start where it is missing."""
    secret_number: Annotated[int, Field(ge=1, le=255)] = 1
    """Number of the secret, written into every link; count it up with a new secret."""
    old_secret_files: Annotated[dict[int, str], AfterValidator(_numbered)] = {}
    """Secrets before this one, by number: links signed with them go on working."""
    development: bool = False
    """Show the outbox and the sample newsroom; never on the open net."""


class Logging(Section):
    """`[logging]`: what the service tells about itself."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least important level to write."""
    format: Literal["text", "json"] = "text"
    """`text` for people, `json` for machines, one object per line."""
