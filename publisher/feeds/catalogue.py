"""All feeds of the site at a glance: OPML 2.0 for feed readers, JSON for programs."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from publisher.feeds.addresses import FeedAddresses
from publisher.feeds.heads import home_url
from publisher.model.feed import SITE_KEY, Feed, FeedKind, SiteFacts, Variant

__all__ = ["SHAPE", "catalogue_json"]

SHAPE = 1
"""Raised when a key of the catalogue changes its meaning or goes."""


def catalogue_json(
    feeds: Sequence[Feed], addresses: FeedAddresses, facts: SiteFacts
) -> bytes:
    """Return every open feed as JSON: the whole site first, then in the tree's order.

    An object with `version` (1), `title`, `home_page_url`, `languages` and `feeds`: a
    list of objects with `key`, `rubric` (its key, null for the whole site), `parent`
    (the rubric above, null for none), `language` (null for all languages), `title`,
    `home_page_url` and `formats`: an object from `rss`, `atom` and `json` to objects
    with `url` and `type`; the same as `short` for the short variant and as `only` for
    the rubric alone, null where nothing is below it. Keys may be added; none changes or
    goes within a version.
    """
    order = {
        rubric.key: place for place, (_, rubric) in enumerate(addresses.tree.walk())
    }
    languages = ["", *addresses.languages]
    listed = sorted(
        filter(addresses.is_open, feeds),
        key=lambda feed: (
            order.get(feed.rubric_key, -1),
            languages.index(feed.language),
        ),
    )
    catalogue = {
        "version": SHAPE,
        "title": facts.title(""),
        "home_page_url": home_url(addresses, SITE_KEY, facts),
        "languages": list(facts.languages),
        "feeds": [_listed(feed, addresses, facts) for feed in listed],
    }
    return json.dumps(catalogue, ensure_ascii=False, indent=1).encode() + b"\n"


def _listed(feed: Feed, addresses: FeedAddresses, facts: SiteFacts) -> dict[str, Any]:
    key, tree = feed.rubric_key, addresses.tree
    only = replace(feed, kind=FeedKind.ONLY)
    return {
        "key": feed.key,
        "rubric": key or None,
        "parent": tree.get(key).parent if key else None,
        "language": feed.language or None,
        "title": tree.label(key, feed.language) if key else facts.title(feed.language),
        "home_page_url": home_url(addresses, key, facts, feed.language),
        "formats": _formats(feed, addresses),
        "short": _formats(replace(feed, variant=Variant.SHORT), addresses),
        "only": _formats(only, addresses) if key and tree.children(key) else None,
    }


def _formats(feed: Feed, addresses: FeedAddresses) -> dict[str, Any]:
    return {
        form.value: {"url": url, "type": form.link_type}
        for form, url in addresses.urls_of(feed).items()
    }
