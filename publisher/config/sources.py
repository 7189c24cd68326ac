"""Where articles come from and are kept: `[[source]]` and `[store]`."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from publisher.config.section import Key, Language, Section, Zone

__all__ = ["Source", "StoreSettings"]


class StoreSettings(Section):
    """`[store]`: where everything is kept."""

    url: str = "sqlite:///var/publisher.db"
    """`sqlite:///FILE` or `postgresql://USER@HOST/DATABASE`."""
    password: SecretStr | None = None
    """Password of a PostgreSQL; better `password_file` or the environment."""
    password_file: str | None = None
    """File that holds the password."""
    threads: Annotated[int, Field(ge=1, le=64)] = 4
    """Connections, each with its thread."""
    address_secret: SecretStr | None = None
    """What suppressed addresses are hashed with; better `address_secret_file` or the
    environment. Never changes."""
    address_secret_file: str = "var/address-secret"
    """File with that secret; made on first start. Back it up."""


class Source(Section):
    """`[[source]]`: where articles come from."""

    name: Key
    """Permanent name; it is part of the articles' identity."""
    kind: Literal["folder"] = "folder"
    """How it is read: `folder` watches Markdown and JSON Lines files."""
    folder: str
    """Folder to watch, relative to this file."""
    interval: Annotated[float, Field(ge=0.2, le=3600)] = 1.0
    """Seconds between two looks."""
    language: Language | None = None
    """Language of articles that name none; default: the site's first."""
    zone: Zone | None = None
    """Zone of times without offset; default: the site's."""
    article_url: str = "{site}/{language}/{slug}"
    """Address of an article that brings none."""
    pictures_url: str | None = None
    """Public address of the folder's pictures."""
    demo_dates: bool = False
    """Move all dates so that the newest article is of today (demonstrations only)."""
