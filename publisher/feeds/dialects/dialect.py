"""What a dialect is: a value with limits, rules, and the parts of its document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from lxml.etree import _Element

from publisher.feeds.dialects.body import Body
from publisher.feeds.entries import Entry
from publisher.model.article import Article
from publisher.model.feed import FeedHead, SiteFacts

__all__ = [
    "ONE_LANGUAGE",
    "ChannelPart",
    "Check",
    "Context",
    "Dialect",
    "Finding",
    "ItemPart",
    "Limits",
    "Rule",
    "Severity",
    "Withdrawn",
]


ONE_LANGUAGE = "language-other"
"""The id of the rule that a feed is in one language."""


class Severity(StrEnum):
    """What an aggregator does about it: refuse the article, or take less of it."""

    REFUSE = "refuse"
    WARN = "warn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What rules and parts know beside the article itself.

    `entry` is the article as feeds show it, `body` its content taken apart. `now` is
    the moment that ages are counted back from. `language` is the feed's, empty for any.
    `owners` tells which article came first under an address.
    """

    facts: SiteFacts
    entry: Entry
    body: Body
    now: datetime
    language: str = ""
    owners: Mapping[str, int] = field(default_factory=dict)


Check: TypeAlias = Callable[[Article, Context], str]
"""Say what is wrong with an article, or nothing: the empty text."""

ItemPart: TypeAlias = Callable[[_Element, Context], None]
"""Write one thing that an item says."""

ChannelPart: TypeAlias = Callable[[_Element, FeedHead, str], None]
"""Write one thing that a channel says; the text is the document's own address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One demand of an aggregator; `demands` completes "it takes ..."."""

    id: str
    where: str
    demands: str
    check: Check
    remedy: str
    source: str
    severity: Severity = Severity.REFUSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a document holds: most and fewest items, most bytes; 0 for no limit."""

    items: int = 200
    least_items: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The feed that one aggregator takes, described completely.

    `days` is how far back it looks, 0 for any age: rules say so too, per article.
    `namespaces` are declared on the root under these prefixes. With `tells_withdrawn`
    the document names articles that were taken back.
    """

    key: str
    name: str
    limits: Limits
    days: int = 0
    namespaces: Mapping[str, str]
    channel: tuple[ChannelPart, ...]
    item: tuple[ItemPart, ...]
    rules: tuple[Rule, ...]
    tells_withdrawn: bool = False
    media_type: str = "application/rss+xml; charset=utf-8"

    @property
    def has_one_language(self) -> bool:
        """Whether a feed in several languages would be refused."""
        return any(rule.id == ONE_LANGUAGE for rule in self.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """An article that was public and is no more."""

    uid: str
    url: str
    title: str
    withdrawn_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Why a dialect would refuse an article, or take less of it.

    `article_id` is None and the texts are empty where it is about the whole document.
    """

    dialect: str
    rule: str
    severity: Severity
    where: str
    reason: str
    remedy: str
    source: str
    article_id: int | None = None
    uid: str = ""
    title: str = ""
    url: str = ""

    @property
    def sentence(self) -> str:
        """What is wrong, where, and what to do."""
        return f"{self.where}: {self.reason}; {self.remedy}"
