"""What goes out as feeds: `[feeds]`, `[[old_feed]]` and `[[output]]`."""

from typing import Annotated, Literal

from pydantic import Field

from publisher.config.section import Key, Section, Url

__all__ = ["Feeds", "OldFeed", "Output"]

BUCKET = r"^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$"
PREFIX = r"^([A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*)?$"
LANGUAGE_OR_NONE = r"^([a-z]{2,3}(-[A-Za-z0-9]+)*)?$"
REGION = r"^[a-z0-9-]*$"


class Feeds(Section):
    """`[feeds]`: what every feed holds."""

    items: Annotated[int, Field(ge=1, le=1000)] = 50
    """A feed holds at least this many articles …"""
    hours: Annotated[int, Field(ge=0, le=24 * 90)] = 48
    """… and everything published in this many hours before its newest article …"""
    limit: Annotated[int, Field(ge=1, le=2000)] = 200
    """… but never more than this many …"""
    max_kilobytes: Annotated[int, Field(ge=64, le=16_000)] = 1000
    """… and never more bytes than this, uncompressed; archives hold the rest."""
    warn_kilobytes: Annotated[int, Field(ge=16, le=16_000)] = 512
    """A feed that is larger than this is told in the log."""
    counts_minutes: Annotated[int, Field(ge=0, le=1440)] = 15
    """Articles show another number of comments at most this often."""
    removals_days: Annotated[int, Field(ge=1, le=365)] = 30
    """Days for which feeds tell of withdrawn articles."""
    max_age: Annotated[int, Field(ge=0, le=86400)] = 300
    """Seconds a reader may keep a document before asking again."""
    repeats_per_hour: Annotated[int, Field(ge=0, le=3600)] = 30
    """How often a reader that sends no validators gets a document again that has not
    changed; after that it is told to wait (429). 0: as often as it likes."""
    dialects: tuple[
        Literal["yandex", "dzen", "msn", "smartnews", "flipboard", "google-news"], ...
    ] = ()
    """Aggregators that get every rubric's feed in their dialect, at
    `/feeds/<path>.<dialect>.xml`."""
    news_sitemap: bool = False
    """Serve a sitemap of the last two days at `/feeds/news-sitemap.xml`."""
    deltas: bool = True
    """Send readers that ask for it (`A-IM: feed`) only what is new to them."""
    readership_days: Annotated[int, Field(ge=1, le=3660)] = 400
    """Days for which the numbers of readers are kept."""


class OldFeed(Section):
    """`[[old_feed]]`: a feed's address on a site that was here before."""

    path: Annotated[str, Field(pattern=r"^/[^#\s]*$", max_length=500)]
    """Its path, with a query where it had one. `{rubric}` stands for the key, slug or
    alias of a rubric."""
    rubric: str = ""
    """Key of the rubric; empty: the whole site, or what `{rubric}` says."""
    language: Annotated[str, Field(pattern=LANGUAGE_OR_NONE)] = ""
    """Language of the feed; empty: all languages."""
    format: Literal["rss", "atom", "json"] = "rss"
    """Its format."""
    answer: Literal["redirect", "in-place"] = "redirect"
    """`redirect` sends readers to the present address (301), `in-place` answers at
    the old one."""


class Output(Section):
    """`[[output]]`: where feeds are copied to, besides being served by this service."""

    name: Key
    """Its name in log lines."""
    kind: Literal["folder", "s3"] = "folder"
    """How it is written: `folder` is for any static server on the same files, `s3` for
    S3-compatible storage (extra `s3`)."""
    folder: str = ""
    """Kind `folder`: folder for feeds alone, relative to this file; made where it is
    missing."""
    bucket: Annotated[str, Field(pattern=BUCKET)] = ""
    """Kind `s3`: the bucket."""
    prefix: Annotated[str, Field(pattern=PREFIX, max_length=200)] = ""
    """Kind `s3`: folder of the bucket for feeds alone; empty: the whole bucket."""
    endpoint: Url = ""
    """Kind `s3`: address of the storage; empty: Amazon's."""
    region: Annotated[str, Field(pattern=REGION)] = ""
    """Kind `s3`: the region; empty: `AWS_REGION` of the environment, or `us-east-1`."""
    path_style: bool = True
    """Kind `s3`: whether the bucket's name stands in the path of addresses, which most
    storage takes; `false`: in the host name."""
    packed: bool = False
    """Kind `s3`: whether objects are kept compressed with gzip, for buckets that
    readers ask directly; a CDN compresses by itself."""
    access_key_id: str = ""
    """Kind `s3`: who writes; empty: `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` of
    the environment, or the role of the machine."""
    secret_access_key_file: str = ""
    """Kind `s3`: file that holds the secret of `access_key_id`."""
