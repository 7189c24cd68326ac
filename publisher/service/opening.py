"""Wire the rooms together; nothing else builds stores, transports or sources."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from publisher.audience.joining import Joinings
from publisher.audience.membership import Membership
from publisher.clock import Clock, SystemClock
from publisher.config import Config
from publisher.desk.alerts import Alerts
from publisher.digests.addressing import Addressing
from publisher.digests.composing import Composer
from publisher.digests.following import follow
from publisher.digests.letters_first import letters_first
from publisher.digests.outlet import Outlet
from publisher.digests.planning import Planner
from publisher.digests.sending import Sender
from publisher.digests.sending_letters import LetterSender
from publisher.feeds.addresses import FeedAddresses
from publisher.feeds.build import FeedBuilder
from publisher.feeds.compression import Packer
from publisher.feeds.outputs.mirror import Mirror
from publisher.mail.transport import Transport
from publisher.model.digest import DigestRule
from publisher.model.feed import SiteFacts
from publisher.model.rubric import RubricTree
from publisher.model.token import TokenKeys
from publisher.rendering.digest import Look
from publisher.rendering.templates import Renderer
from publisher.service import settings
from publisher.service.alerts import make_alerts
from publisher.service.conditions import check_languages, check_zones
from publisher.service.installation import make_installation
from publisher.service.intakes import make_intakes
from publisher.service.joining import make_joinings
from publisher.service.keeping import (
    keep_address_secret,
    keep_signing_secret,
    signing_keys,
    store_url,
    use_address_secret,
)
from publisher.service.letters import make_letter_press
from publisher.service.outputs import make_mirrors
from publisher.service.own_templates import OwnTemplates, make_renderer
from publisher.service.pacing import make_pace
from publisher.service.push import Hubs, make_hubs, settle_hubs
from publisher.service.requests import make_client
from publisher.service.signing import make_signer
from publisher.service.transports import make_transport, tasks_of
from publisher.sources.intake import Intake
from publisher.store import Store, Transaction, migrate
from publisher.store.feeds import sync_feeds
from publisher.store.migrate import check_store
from publisher.store.rubrics import read_tree, sync_tree

__all__ = ["Service", "open_service"]


@dataclass(frozen=True, kw_only=True)
class Service:
    """Everything that runs, wired; `close` it in the end.

    `root` is the folder of the configuration: relative paths start there.
    """

    config: Config
    root: Path
    clock: Clock
    store: Store
    tree: RubricTree
    facts: SiteFacts
    addresses: FeedAddresses
    rules: Mapping[str, DigestRule]
    tokens: TokenKeys
    renderer: Renderer
    own_templates: OwnTemplates | None
    membership: Membership
    intakes: tuple[tuple[Intake, timedelta], ...]
    builder: FeedBuilder
    packer: Packer
    mirrors: tuple[Mirror, ...]
    hubs: Hubs
    planner: Planner
    addressing: Addressing

    def sender(self, transport: Transport | None = None) -> Sender:
        """Return a sender; whoever runs it closes its transport.

        Raises ConfigError when a key that signs messages cannot be loaded.
        """
        outlet = Outlet(
            store=self.store,
            clock=self.clock,
            addressing=replace(
                self.addressing, signer=make_signer(self.config, self.root)
            ),
            transport=transport or make_transport(self.config, self.root),
            connections=tasks_of(self.config),
            pace=letters_first(
                make_pace(self.config, self.store, self.clock), self.clock
            ),
        )
        installation = make_installation(self.config, self.root, self.store, self.clock)
        return Sender(outlet=outlet, planner=self.planner, installation=installation)

    def letters(self, sender: Sender) -> LetterSender:
        """Return what sends letters, over the connections of a sender of digests."""
        outlet = sender.outlet
        outlet.pace = pace = letters_first(outlet.pace, self.clock)
        return LetterSender(
            store=self.store,
            clock=self.clock,
            press=make_letter_press(self.config, self.renderer, outlet.addressing),
            transport=outlet.transport,
            pace=pace,
            installation=sender.installation,
            unrecorded=outlet.letters,
            digests=outlet.ledger.unrecorded,
        )

    def alerts(self) -> Alerts | None:
        """Return what tells the operator of troubles, None where nobody is named.

        Raises ConfigError when a key that signs messages cannot be loaded.
        """
        signed = replace(self.addressing, signer=make_signer(self.config, self.root))
        return make_alerts(
            self.config, self.root, self.store, self.clock, self.renderer, signed
        )

    @property
    def joinings(self) -> Joinings:
        """How readers join by themselves."""
        return make_joinings(
            self.config, self.membership, self.tokens, self.renderer.languages
        )

    @property
    def look(self) -> Look:
        """The newsroom's colour and logo."""
        return settings.look(self.config)

    @property
    def outbox(self) -> Path:
        """The Maildir that the development transport writes to."""
        return self.root / self.config.mail.maildir

    def close(self) -> None:
        """Close the store; everything that uses it must have ended."""
        self.store.close()


def open_service(
    config: Config, root: Path, clock: Clock | None = None, *, settles: bool = True
) -> Service:
    """Wire a service; raises StoreError when the store cannot be opened or migrated.

    Who only asks does not settle: the store is neither made nor migrated, and its
    rubrics stay as they are.
    """
    check_zones()
    renderer, own_templates = make_renderer(config, root, settles=settles)
    check_languages(config, renderer)
    clock = clock or SystemClock()
    url = store_url(config, root)
    store, tree = open_store(config, root, url, clock, settles=settles)
    tokens = signing_keys(config, root)
    rules = settle_digests(config, store, clock, settles=settles)
    facts = settings.site_facts(config)
    addresses = FeedAddresses(config.web.base_url, tree, config.site.languages)
    builder = FeedBuilder(
        store=store,
        clock=clock,
        tree=tree,
        addresses=addresses,
        facts=facts,
        window=settings.feed_window(config),
        speech=renderer.languages,
    )
    addressing = settings.addressing(config, tokens)
    composer = make_composer(config, rules, tree, renderer, addressing)
    return Service(
        config=config,
        root=root,
        clock=clock,
        store=store,
        tree=tree,
        facts=facts,
        addresses=addresses,
        rules=rules,
        tokens=tokens,
        renderer=renderer,
        own_templates=own_templates,
        membership=make_membership(config, store, clock, rules, tree),
        intakes=make_intakes(config, root, store, clock, tree),
        builder=builder,
        packer=Packer(store),
        mirrors=make_mirrors(config, root, builder),
        hubs=make_hubs(config, store, clock, make_client(config), addresses),
        planner=Planner(store=store, clock=clock, rules=rules, composer=composer),
        addressing=addressing,
    )


def open_store(
    config: Config, root: Path, url: str, clock: Clock, *, settles: bool
) -> tuple[Store, RubricTree]:
    """Open the store and return it with the rubrics."""
    if settles:
        migrate(url)
    else:
        check_store(url)
    store = Store(url, threads=config.store.threads)
    keep_signing_secret(config, root, store)  # First: the other ends a first start.
    if settles:
        keep_address_secret(config, root, store, clock.now())
        settle_hubs(config, store)
        return store, settle_tree(config, store, clock)
    use_address_secret(config, root, store)
    return store, store.query(read_tree, settings.rubric_tree(config))


def settle_tree(config: Config, store: Store, clock: Clock) -> RubricTree:
    """Make the store's rubrics and feeds those of the configuration."""
    wanted = settings.rubric_tree(config)

    def work(tx: Transaction) -> RubricTree:
        now = clock.now()
        tree, changed = sync_tree(tx, wanted, now)
        sync_feeds(tx, tree, config.site.languages, changed, now)
        return tree

    return store.transact(work)


def settle_digests(
    config: Config, store: Store, clock: Clock, *, settles: bool
) -> Mapping[str, DigestRule]:
    """Return the digests; their readers follow what was changed in them."""
    rules = {digest.key: settings.digest_rule(digest) for digest in config.digest}
    if settles:
        follow(store, clock, rules.values())
    return rules


def make_membership(
    config: Config,
    store: Store,
    clock: Clock,
    rules: Mapping[str, DigestRule],
    tree: RubricTree,
) -> Membership:
    """Return what readers join, change and leave through."""
    return Membership(
        store=store,
        clock=clock,
        rules=rules,
        tree=tree,
        languages=config.site.languages,
        zone=config.site.zone,
    )


def make_composer(
    config: Config,
    rules: Mapping[str, DigestRule],
    tree: RubricTree,
    renderer: Renderer,
    addressing: Addressing,
) -> Composer:
    """Return what renders the segments of digests."""
    languages = config.site.languages
    return Composer(
        rules=rules,
        tree=tree,
        renderer=renderer,
        sites={code: settings.mail_site(config, code) for code in languages},
        look=settings.look(config),
        zone=config.site.zone,
        addressing=addressing,
    )
