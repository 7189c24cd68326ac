"""Write a configuration file for a test and load it, or tell what is wrong with it."""

from collections.abc import Mapping
from pathlib import Path

from publisher.config import Config, load_config
from publisher.errors import ConfigError

__all__ = ["findings", "load"]


def load(
    folder: Path, text: str = "", environment: Mapping[str, str] | None = None
) -> Config:
    """Return what a file and an environment say together."""
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return load_config(file, environment or {})


def findings(
    folder: Path, text: str = "", environment: Mapping[str, str] | None = None
) -> list[str]:
    """Return everything that is wrong with a file and an environment."""
    try:
        load(folder, text, environment)
    except ConfigError as error:
        return error.findings
    return []
