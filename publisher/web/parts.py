"""What the pages need, handed in by the composition root."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from publisher.audience.joining import Joinings
from publisher.audience.leaving import Leaving
from publisher.audience.membership import Membership
from publisher.clock import Clock
from publisher.feeds.addresses import FeedAddresses
from publisher.feeds.hubs.watching import Watcher
from publisher.feeds.old_addresses import OldFeed
from publisher.model.feed import Feed, SiteFacts
from publisher.model.hub import HubRules
from publisher.model.operator import Operator
from publisher.model.rubric import RubricTree
from publisher.model.token import TokenKeys
from publisher.rendering.digest import Look
from publisher.rendering.templates import Renderer
from publisher.sources.picture_copies import PictureCopies
from publisher.store import Store
from publisher.web.documents import DocumentIndex
from publisher.web.patience import Patience
from publisher.web.readership import ReadershipCounter

__all__ = ["WebParts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebParts:
    """Everything behind the pages; `zone` is the newsroom's own.

    `max_age` is how long a reader may keep a feed before asking again. `outbox` (a
    Maildir) and `newsroom` (the folder of the sample articles) are for development:
    without them their pages do not exist. `copies` are of lead pictures; without them
    none is served. `watcher` takes what hubs bring, `hub_rules` are of our own hub.
    `make_feed` builds a feed that is made when it is asked for, and tells whether there
    is such a feed; it blocks. Without `patience` no reader of a feed has to wait.
    `has_goodbye`: who leaves on a page gets a letter about it.
    `joinings` is how readers join by themselves; a form that comes back sooner than
    `least_fill_time` is shown again. `is_ready` may block.
    """

    store: Store
    clock: Clock
    index: DocumentIndex
    renderer: Renderer
    addresses: FeedAddresses
    facts: SiteFacts
    membership: Membership
    tokens: TokenKeys
    zone: ZoneInfo
    look: Look
    max_age: timedelta
    readership: ReadershipCounter
    make_feed: Callable[[Feed], bool] = lambda _: False
    patience: Patience | None = None
    has_deltas: bool = True
    outbox: Path | None = None
    copies: PictureCopies | None = None
    newsroom: Path | None = None
    dialects: frozenset[str] = frozenset()
    has_news_sitemap: bool = False
    old_feeds: tuple[OldFeed, ...] = ()
    watcher: Watcher | None = None
    hub_rules: HubRules | None = None
    has_goodbye: bool = False
    joinings: Joinings | None = None
    least_fill_time: timedelta = timedelta(seconds=3)
    operator: Operator = field(default_factory=Operator)
    is_ready: Callable[[], bool] = lambda: True

    @property
    def archived_digests(self) -> tuple[str, ...]:
        """The digests whose past editions everybody may read."""
        rules = self.membership.rules
        return tuple(key for key, rule in rules.items() if rule.has_archive)

    @property
    def leaving(self) -> Leaving:
        """What leave links, and the pages behind them, do."""
        return Leaving(self.membership, has_letter=self.has_goodbye)

    @property
    def is_open_to_join(self) -> bool:
        """Whether there is a page on which anybody may ask to join."""
        return self.joinings is not None and self.joinings.is_open

    @property
    def tree(self) -> RubricTree:
        """The rubrics with the store's ids."""
        return self.addresses.tree

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the site, its main one first."""
        return self.facts.languages

    @property
    def root(self) -> str:
        """What stands before the path in every address of ours: usually nothing."""
        return urlsplit(self.facts.base_url).path.rstrip("/")
