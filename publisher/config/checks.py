"""What the keys of `config.toml` must say about each other."""

import re
from collections.abc import Iterator
from pathlib import Path as FilePath

from publisher.config.checks_of_mail import check_relays, check_secret
from publisher.config.checks_of_old_feeds import check_old_feeds
from publisher.config.checks_of_outputs import check_outputs
from publisher.config.hints import Finding, hint
from publisher.config.schema import Config
from publisher.config.site import Rubric

__all__ = ["REACH", "cross_check"]

_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")

_RESERVED = {"latest", "author", "authors", "comments", "tag", "tags"}
"""First parts of feed addresses that are ours."""
_RESERVED_BELOW = {"archive", "only", "short"}
"""Parts of feed addresses that are ours at any depth."""


def cross_check(config: Config, file: FilePath) -> Iterator[Finding]:
    """Yield (path, what is wrong and what to do) for every inconsistency."""
    yield from _duplicates(config)
    yield from _rubric_tree(config.rubric)
    yield from _addresses(config.rubric)
    yield from check_old_feeds(config)
    yield from _digests(config)
    yield from _sources(config, file)
    yield from check_outputs(config, file)
    yield from _secrets(config, file)
    yield from check_relays(config, file)
    yield from _addresses_of_mail(config)
    yield from _retention(config)
    if config.feeds.limit < config.feeds.items:
        yield (
            ("feeds", "limit"),
            (
                f"feeds.limit = {config.feeds.limit} is less than feeds.items ="
                f" {config.feeds.items}; no feed could hold so many"
            ),
        )


REACH = {"instant": 2, "daily": 2, "weekdays": 8, "weekly": 8, "monthly": 32}
"""How many days editions of a frequency look back at least (`DigestRule.reach`)."""


def _retention(config: Config) -> Iterator[Finding]:
    """Keep in mind what a reader got for as long as it may be news again (law 8)."""
    days = config.retention.deliveries
    for index, digest in enumerate(config.digest):
        offered = (digest.frequency, *digest.frequencies)
        reach = max(digest.max_days, *(REACH[one] for one in offered))
        if reach >= days:
            yield (
                ("digest", index, "max_days"),
                (
                    f'digest "{digest.key}" may bring articles of {reach}'
                    f" days, but retention.deliveries = {days} forgets who had them;"
                    f" keep deliveries for more than {reach} days"
                ),
            )


def _duplicates(config: Config) -> Iterator[Finding]:
    for section, names in (
        ("rubric", [r.key for r in config.rubric]),
        ("digest", [d.key for d in config.digest]),
        ("source", [s.name for s in config.source]),
        ("output", [o.name for o in config.output]),
    ):
        for index, name in enumerate(names):
            if name in names[:index]:
                field = "name" if section in {"source", "output"} else "key"
                yield (
                    (section, index, field),
                    f'{section} "{name}" is defined twice; give one another {field}',
                )


def _rubric_tree(rubrics: tuple[Rubric, ...]) -> Iterator[Finding]:
    # Of one key the first counts: that there is a second one is told already.
    firsts = {rubric.key: rubric for rubric in reversed(rubrics)}
    parents = {key: rubric.parent for key, rubric in firsts.items()}
    for index, rubric in enumerate(rubrics):
        if rubric.parent is None or rubric is not firsts[rubric.key]:
            continue
        if rubric.parent not in parents:
            yield (
                ("rubric", index, "parent"),
                (
                    f'rubric "{rubric.key}": parent "{rubric.parent}" is not defined'
                    f"{hint(rubric.parent, parents)}"
                ),
            )
            continue
        seen = {rubric.key}
        above: str | None = rubric.parent
        while above is not None and above not in seen:
            seen.add(above)
            above = parents.get(above)
        if above == rubric.key:
            yield (
                ("rubric", index, "parent"),
                (
                    f'rubric "{rubric.key}" is its own ancestor; take parent'
                    f' "{rubric.parent}" from one of them'
                ),
            )


def _addresses(rubrics: tuple[Rubric, ...]) -> Iterator[Finding]:
    taken: dict[tuple[str | None, str], str] = {}
    for index, rubric in enumerate(rubrics):
        slug = rubric.slug or rubric.key
        field = "slug" if rubric.slug else "key"
        is_ours = rubric.parent is None and slug in _RESERVED
        if is_ours or slug in _RESERVED_BELOW:
            yield (
                ("rubric", index, field),
                (
                    f'rubric "{rubric.key}": the service uses the address "{slug}";'
                    " choose another slug"
                ),
            )
        other = taken.setdefault((rubric.parent, slug), rubric.key)
        if other != rubric.key:
            yield (
                ("rubric", index, field),
                (
                    f'rubric "{rubric.key}" has the same address as "{other}";'
                    " give one of them another slug"
                ),
            )


def _digests(config: Config) -> Iterator[Finding]:
    keys = [rubric.key for rubric in config.rubric]
    for index, digest in enumerate(config.digest):
        for key in digest.rubrics:
            if key not in keys:
                yield (
                    ("digest", index, "rubrics"),
                    (
                        f'digest "{digest.key}": rubric "{key}" is not defined'
                        f"{hint(key, keys)}"
                    ),
                )
        if digest.min_articles > digest.max_articles:
            yield (
                ("digest", index, "min_articles"),
                (
                    f'digest "{digest.key}": min_articles = {digest.min_articles} is'
                    f" more than max_articles = {digest.max_articles};"
                    " no edition could go out"
                ),
            )
        if digest.archive and digest.frequency == "instant":
            yield (
                ("digest", index, "archive"),
                (
                    f'digest "{digest.key}" is instant: each edition is one article,'
                    " and the feeds have those; leave archive out"
                ),
            )
        if digest.frequency in {"weekdays", "weekly"} and not digest.weekdays:
            yield (
                ("digest", index, "weekdays"),
                (
                    f'digest "{digest.key}" is {digest.frequency} and has no weekdays;'
                    ' name some, such as ["mon", "thu"]'
                ),
            )


def _sources(config: Config, file: FilePath) -> Iterator[Finding]:
    for index, source in enumerate(config.source):
        folder = file.parent / source.folder
        if not folder.is_dir():
            yield (
                ("source", index, "folder"),
                (
                    f'source "{source.name}": folder {folder} does not exist; make it,'
                    " or correct the path (it is relative to this file)"
                ),
            )
        if source.language is not None and source.language not in config.site.languages:
            yield (
                ("source", index, "language"),
                (
                    f'source "{source.name}": language "{source.language}" is not one'
                    f" of site.languages ({', '.join(config.site.languages)})"
                ),
            )


def _secrets(config: Config, file: FilePath) -> Iterator[Finding]:
    store = config.store
    yield from check_secret(
        ("store", "password"), store.password, store.password_file, file
    )
    yield from _old_secrets(config, file)


def _old_secrets(config: Config, file: FilePath) -> Iterator[Finding]:
    web = config.web
    for number, named in web.old_secret_files.items():
        if number == web.secret_number:
            yield (
                ("web", "secret_number"),
                (
                    f"web.secret_number = {number} is the number of an old secret too;"
                    " give the new secret a number that none had before"
                ),
            )
        if not (file.parent / named).is_file():
            yield (
                ("web", "old_secret_files"),
                f"web.old_secret_files.{number}: {file.parent / named} does not exist",
            )


def _addresses_of_mail(config: Config) -> Iterator[Finding]:
    for field in ("sender", "reply_to", "alerts_to", "return_address"):
        value = getattr(config.mail, field)
        if (value or field == "sender") and not _ADDRESS.fullmatch(value):
            yield (
                ("mail", field),
                (
                    f'mail.{field} = "{value}" is not a mail address; write it like'
                    " news@gazeta.example"
                ),
            )
        elif field != "alerts_to" and not value.rpartition("@")[0].isascii():
            yield (
                ("mail", field),
                (
                    f'mail.{field} = "{value}" has letters beyond ASCII before the @,'
                    " which few relays take; write those in Latin letters"
                ),
            )
