"""What may stand in `config.toml`, with its defaults; every key is optional.

The docstrings under the fields are what docs/reference/configuration.md says of them.
"""

from publisher.config.digests import Digest
from publisher.config.feeds import Feeds, OldFeed, Output
from publisher.config.installation import Installation
from publisher.config.joining import Joining
from publisher.config.mail import Mail
from publisher.config.outgoing import Outgoing
from publisher.config.pictures import Pictures
from publisher.config.push import Push
from publisher.config.rights import Operator, Retention
from publisher.config.section import Section
from publisher.config.site import Rubric, Site
from publisher.config.sources import Source, StoreSettings
from publisher.config.templates import Templates
from publisher.config.web import Logging, Web

__all__ = ["Config"]


class Config(Section):
    """The whole file."""

    site: Site = Site()
    store: StoreSettings = StoreSettings()
    source: tuple[Source, ...] = ()
    rubric: tuple[Rubric, ...] = ()
    feeds: Feeds = Feeds()
    old_feed: tuple[OldFeed, ...] = ()
    output: tuple[Output, ...] = ()
    digest: tuple[Digest, ...] = ()
    joining: Joining = Joining()
    push: Push = Push()
    mail: Mail = Mail()
    operator: Operator = Operator()
    retention: Retention = Retention()
    installation: Installation = Installation()
    templates: Templates = Templates()
    outgoing: Outgoing = Outgoing()
    pictures: Pictures = Pictures()
    web: Web = Web()
    logging: Logging = Logging()
