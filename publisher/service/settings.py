"""What the keys of the configuration mean to the rooms, as their own plain values."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from publisher.config import Config
from publisher.config.digests import Digest
from publisher.config.section import WEEKDAYS
from publisher.config.sources import Source
from publisher.digests.addressing import Addressing
from publisher.feeds.old_addresses import OldFeed
from publisher.model.digest import CatchUp, DigestRule
from publisher.model.feed import FeedFormat, SiteFacts
from publisher.model.hub import HUB_PATH, HubRules
from publisher.model.operator import Operator
from publisher.model.rubric import Rubric, RubricTree
from publisher.model.timetable import Frequency
from publisher.model.token import TokenKeys
from publisher.model.window import Window
from publisher.rendering.digest import Look, Site
from publisher.sources.source import SourceDefaults

__all__ = [
    "addressing",
    "authority",
    "digest_rule",
    "feed_window",
    "look",
    "mail_site",
    "operator",
    "rubric_tree",
    "site_facts",
    "source_defaults",
    "text_in",
]


def text_in(texts: Mapping[str, str], language: str) -> str:
    """Return a text in a language, or the one that stands for all languages."""
    return texts.get(language) or texts.get("") or next(iter(texts.values()), "")


def authority(config: Config) -> str:
    """Return the host name that permanent ids are minted with."""
    return config.site.authority or urlsplit(config.site.url).hostname or "localhost"


def rubric_tree(config: Config) -> RubricTree:
    """Return the rubrics of the configuration; names default to the key."""
    return RubricTree(
        tuple(
            Rubric(
                key=rubric.key,
                slug=rubric.slug or rubric.key,
                names=_rubric_names(rubric.names, rubric.key, config.site.languages),
                parent=rubric.parent,
                aliases=rubric.aliases,
                is_closed=rubric.closed,
            )
            for rubric in config.rubric
        )
    )


def _rubric_names(
    names: Mapping[str, str], key: str, languages: tuple[str, ...]
) -> dict[str, str]:
    given = {code: name for code, name in names.items() if code}
    common = names.get("") or (key if not given else "")
    return given or dict.fromkeys(languages, common)


def site_facts(config: Config) -> SiteFacts:
    """Return what is true of the whole site and shows in feeds."""
    site = config.site
    return SiteFacts(
        titles=site.title,
        url=site.url,
        base_url=config.web.base_url,
        languages=site.languages,
        authority=authority(config),
        since=site.since,
        descriptions=site.description,
        rights=site.rights,
        logo_url=site.logo_url,
        hub_urls=hub_urls(config),
        ttl=timedelta(seconds=config.feeds.max_age),
    )


def feed_window(config: Config) -> Window:
    """Return how much a feed holds."""
    feeds = config.feeds
    return Window(
        items=feeds.items,
        span=timedelta(hours=feeds.hours),
        limit=feeds.limit,
        max_bytes=feeds.max_kilobytes * 1000,
        warn_bytes=feeds.warn_kilobytes * 1000,
    )


def digest_rule(digest: Digest) -> DigestRule:
    """Return a digest as the planner reads it."""
    return DigestRule(
        key=digest.key,
        titles=digest.title,
        frequency=Frequency(digest.frequency),
        at=digest.hour,
        weekdays=tuple(WEEKDAYS.index(day) for day in digest.weekdays),
        month_day=digest.month_day,
        frequencies=tuple(Frequency(name) for name in digest.frequencies),
        rubrics=digest.rubrics,
        min_articles=digest.min_articles,
        max_articles=digest.max_articles,
        max_age=timedelta(days=digest.max_days),
        first_reach=timedelta(days=digest.first_days),
        max_lateness=timedelta(hours=digest.max_lateness),
        catch_up=CatchUp(digest.catch_up),
        latest=digest.latest,
        has_archive=digest.archive,
    )


def mail_site(config: Config, language: str) -> Site:
    """Return what a digest in a language says about the newspaper."""
    site = config.site
    return Site(
        title=text_in(site.title, language),
        url=site.url,
        city=text_in(site.city, language),
        postal_address=text_in(site.postal_address, language),
        feeds_url=f"{config.web.base_url}/{language}/",
    )


def look(config: Config) -> Look:
    """Return the newsroom's colour and logo."""
    return Look(
        accent=config.site.accent,
        logo_url=config.site.logo_url,
        copies_url=config.web.base_url,
    )


def operator(config: Config) -> Operator:
    """Return who answers for the data of readers."""
    given = config.operator
    return Operator(
        legal_names=given.legal_name,
        bin=given.bin,
        addresses=given.address,
        contact=given.contact,
        third_parties=given.third_parties,
    )


def retention_spans(config: Config) -> dict[str, timedelta]:
    """Return how long what is known of readers is kept, by the rule's name."""
    days = config.retention.model_dump()
    return {name: timedelta(days=number) for name, number in days.items()}


def addressing(config: Config, tokens: TokenKeys) -> Addressing:
    """Return our names and addresses in mails."""
    mail, site = config.mail, config.site
    return Addressing(
        sender=mail.sender,
        sender_names={
            code: text_in(mail.sender_name, code) or text_in(site.title, code)
            for code in site.languages
        },
        reply_to=mail.reply_to,
        return_address=mail.return_address or mail.sender,
        domain=mail.sender.rpartition("@")[2],
        feedback_id=mail.feedback_id,
        base_url=config.web.base_url,
        tokens=tokens,
        leave_address=mail.leave_address,
        notify="SUCCESS,FAILURE,DELAY" if mail.doubt.success_reports else REPORTED,
    )


REPORTED = "FAILURE,DELAY"


def source_defaults(config: Config, source: Source) -> SourceDefaults:
    """Return what a source's articles are given that they do not say themselves."""
    return SourceDefaults(
        site_url=config.site.url,
        zone=ZoneInfo(source.zone or config.site.zone),
        language=source.language or config.site.languages[0],
        article_url=source.article_url,
        pictures_url=source.pictures_url or config.site.url,
    )


def hub_rules(config: Config) -> HubRules | None:
    """Return what our own hub allows, None where there is none."""
    push = config.push
    if not push.own_hub:
        return None
    return HubRules(
        lease=timedelta(days=push.lease_days),
        max_subscriptions=push.max_subscriptions,
        max_per_host=push.max_per_host,
    )


def hub_urls(config: Config) -> tuple[str, ...]:
    """Return the hubs that documents name, our own first."""
    own = (config.web.base_url + HUB_PATH,) if config.push.own_hub else ()
    return (*own, *(url for url in config.push.hubs if url not in own))


def old_feeds(config: Config) -> tuple[OldFeed, ...]:
    """Return the feed addresses of a site that was here before."""
    return tuple(
        OldFeed(
            path=old.path,
            rubric_key=old.rubric,
            language=old.language,
            format=FeedFormat(old.format),
            is_redirect=old.answer == "redirect",
        )
        for old in config.old_feed
    )
