"""What an operator types: parse, call, answer. See docs/reference/command-line.md."""

import sys

from rich.console import Console

from publisher.cli.commands import app
from publisher.errors import ConfigError, PublisherError

__all__ = ["main"]

REFUSED = 1
"""Exit code: what was asked cannot be done; the reason is on standard error."""


def main() -> None:
    """Run the command line; errors that a person can mend come without traceback."""
    try:
        app()
    except ConfigError as error:
        tell = Console(stderr=True, highlight=False, soft_wrap=True)
        for finding in error.findings:
            tell.print(finding, markup=False)
        many = len(error.findings)
        tell.print(f"{many} problem{'s' * (many > 1)} in the configuration.")
        sys.exit(REFUSED)
    except PublisherError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            f"publisher: {error}", markup=False
        )
        sys.exit(REFUSED)
