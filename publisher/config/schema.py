"""What may stand in `config.toml`, with its defaults; every key is optional.

The docstrings under the fields are what docs/reference/configuration.md says of them.
"""

from datetime import date, time
from typing import Annotated, Literal, TypeAlias
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
)

__all__ = [
    "Config",
    "Digest",
    "Feeds",
    "Logging",
    "Mail",
    "Output",
    "Rubric",
    "Site",
    "Smtp",
    "Source",
    "StoreSettings",
    "Texts",
    "Web",
]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _zone(name: str) -> str:
    if name not in available_timezones():
        msg = "is not an IANA time zone such as Asia/Almaty"
        raise ValueError(msg)
    return name


def _texts(value: object) -> object:
    return {"": value} if isinstance(value, str) else value


def _http_url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        msg = "must be an absolute address beginning with http:// or https://"
        raise ValueError(msg)
    return value.rstrip("/")


def _one_line(value: str) -> str:
    if any(ord(letter) < 32 for letter in value):  # noqa: PLR2004 (C0 controls)
        msg = "must be a single line without control characters"
        raise ValueError(msg)
    return value


Texts: TypeAlias = Annotated[dict[str, str], BeforeValidator(_texts)]
"""One text for all languages, or a table with one per language."""
Zone: TypeAlias = Annotated[str, AfterValidator(_zone)]
Url: TypeAlias = Annotated[str, AfterValidator(_http_url)]
Line: TypeAlias = Annotated[str, AfterValidator(_one_line)]
Key: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=100)]
Language: TypeAlias = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]
Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Section(BaseModel):
    """A table of the file: unknown keys are errors, values never change."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True
    )


class Site(Section):
    """`[site]`: the newspaper."""

    title: Texts = {"": "Publishing desk"}
    """Name of the newspaper, as one text or per language."""
    description: Texts = {"": ""}
    """One sentence about it, for feed readers."""
    url: Url = "http://127.0.0.1:8000"
    """Address of the newspaper's own site; articles link there."""
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("ru", "kk")
    """Languages articles are written in; the first is the site's main one."""
    zone: Zone = "Asia/Almaty"
    """Time zone of the newsroom, an IANA name."""
    city: Texts = {"": ""}
    """Printed beside the date in the digest's masthead."""
    postal_address: Texts = {"": ""}
    """Printed at the foot of every digest."""
    rights: Texts = {"": ""}
    """Rights line of feeds and of articles that bring none of their own."""
    logo_url: str = ""
    """Address of a logo for digests and feeds (PNG or JPEG)."""
    accent: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#9f1d20"
    """Colour of links and rules in digests and pages."""
    authority: str = ""
    """Host name written into permanent ids; default: the host of `url`. Never matters
    again for articles that already have an id."""
    since: date = date(2025, 1, 1)
    """Date written into permanent ids: any day on which you held `authority`."""


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


class Rubric(Section):
    """`[[rubric]]`: a section of the newspaper, in the order of the menu."""

    key: Key
    """Permanent identity; keep it when you rename or move the rubric."""
    slug: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")] | None = None
    """Its part of the address; default: the key. May change, old addresses redirect."""
    parent: str | None = None
    """Key of the rubric above it; none for a root."""
    names: Texts = {}
    """Its name, as one text or per language; default: the key."""
    aliases: tuple[str, ...] = ()
    """Other names that sources use for it."""
    closed: bool = False
    """A closed rubric takes no articles and answers 410."""


class Feeds(Section):
    """`[feeds]`: what every feed holds."""

    items: Annotated[int, Field(ge=1, le=1000)] = 50
    """A feed holds at least this many articles …"""
    hours: Annotated[int, Field(ge=0, le=24 * 90)] = 48
    """… and everything published in this many hours before its newest article …"""
    limit: Annotated[int, Field(ge=1, le=2000)] = 200
    """… but never more than this many."""
    max_age: Annotated[int, Field(ge=0, le=86400)] = 300
    """Seconds a reader may keep a document before asking again."""


class Output(Section):
    """`[[output]]`: where feeds are copied to, besides being served by this service."""

    name: Key
    """Its name in log lines."""
    kind: Literal["folder"] = "folder"
    """How it is written: `folder` is for any static server on the same files."""
    folder: str
    """Folder for feeds alone, relative to this file; made where it is missing."""


class Digest(Section):
    """`[[digest]]`: a newsletter readers can subscribe to."""

    key: Key
    """Permanent name of the digest."""
    title: Texts = {"": ""}
    """Printed title, as one text or per language."""
    frequency: Literal["instant", "daily", "weekdays", "weekly", "monthly"] = "daily"
    """How often it comes."""
    weekdays: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    """Days of a `weekdays` digest; the first one is the day of a `weekly` one."""
    month_day: Annotated[int, Field(ge=1, le=31)] = 1
    """Day of a `monthly` digest; a shorter month has it on its last day."""
    hour: time = time(7, 0)
    """Local hour for readers who choose none, as "HH:MM"."""
    rubrics: tuple[str, ...] = ()
    """Rubrics for readers who choose none; empty: all."""
    min_articles: Annotated[int, Field(ge=1, le=100)] = 1
    """With fewer new articles the edition waits for the next slot."""
    max_articles: Annotated[int, Field(ge=1, le=60)] = 20
    """The rest is behind a "more" link."""
    max_days: Annotated[int, Field(ge=1, le=3650)] = 14
    """Articles published longer ago are not news, however late they come in."""
    first_days: Annotated[int, Field(ge=0, le=365)] = 1
    """How many days back a new reader's first digest reaches."""
    max_lateness: Annotated[int, Field(ge=1, le=24 * 14)] = 6
    """Hours after its slot an edition may still go out; later it expires."""
    latest: Annotated[int, Field(ge=0, le=20)] = 6
    """Headlines in the strip of latest news."""


class Smtp(Section):
    """`[mail.smtp]`: the relay that takes our messages."""

    host: str = "127.0.0.1"
    """Host name of the relay."""
    port: Annotated[int, Field(ge=1, le=65535)] = 25
    """25, 587 (starttls) or 465 (implicit)."""
    security: Literal["implicit", "starttls", "none"] = "starttls"
    """How the connection is encrypted; `none` takes no password except on this host."""
    username: str = ""
    """Name to log in with; empty: no login."""
    password: SecretStr | None = None
    """Password; better `password_file` or the environment."""
    password_file: str | None = None
    """File that holds the password."""
    connections: Annotated[int, Field(ge=1, le=200)] = 4
    """Connections at once."""
    messages_per_connection: Annotated[int, Field(ge=1, le=10000)] = 100
    """A connection is closed after so many messages."""
    helo_name: str = ""
    """Our own host name as told to the relay; default: the domain of `mail.sender`."""


class Mail(Section):
    """`[mail]`: what our messages say about us, and how they leave."""

    transport: Literal["maildir", "smtp"] = "maildir"
    """`maildir` writes to `mail.maildir` (development), `smtp` sends."""
    maildir: str = "var/outbox"
    """Folder for the maildir transport."""
    sender: str = "news@gazeta.example"
    """Address that digests come from."""
    sender_name: Annotated[dict[str, Line], BeforeValidator(_texts)] = {"": ""}
    """Name beside it, as one text or per language; default: the site's title."""
    reply_to: str = ""
    """Mailbox that somebody reads; default: the sender."""
    return_address: str = ""
    """Envelope sender that bounces come back to; default: the sender."""
    feedback_id: Annotated[str, Field(pattern=r"^[a-z0-9]{5,15}$")] = "publisher"
    """Sender id in Feedback-ID: 5 to 15 small letters and digits, the same for ever."""
    smtp: Smtp = Smtp()


class Web(Section):
    """`[web]`: how feeds and pages are served."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    """Port to listen on."""
    base_url: Url = "http://127.0.0.1:8000"
    """Public address of this service, as readers see it."""
    secret: SecretStr | None = None
    """Signs the links in mails; better `secret_file` or the environment."""
    secret_file: str = "var/secret"
    """File with the secret; made on first start where it is missing."""
    development: bool = False
    """Show the outbox and the sample newsroom; never on the open net."""


class Logging(Section):
    """`[logging]`: what the service tells about itself."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least important level to write."""
    format: Literal["text", "json"] = "text"
    """`text` for people, `json` for machines, one object per line."""


class Config(Section):
    """The whole file."""

    site: Site = Site()
    store: StoreSettings = StoreSettings()
    source: tuple[Source, ...] = ()
    rubric: tuple[Rubric, ...] = ()
    feeds: Feeds = Feeds()
    output: tuple[Output, ...] = ()
    digest: tuple[Digest, ...] = ()
    mail: Mail = Mail()
    web: Web = Web()
    logging: Logging = Logging()
