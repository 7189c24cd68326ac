"""What the old addresses of feeds must say."""

from collections.abc import Iterator

from publisher.config.hints import Finding, hint
from publisher.config.schema import Config

__all__ = ["check_old_feeds"]

_OURS = ("/feeds/", "/u/", "/preferences/", "/static/", "/pictures/", "/hub")
_PLACEHOLDER = "{rubric}"


def check_old_feeds(config: Config) -> Iterator[Finding]:
    """Yield what is wrong with `[[old_feed]]`: where it leads, and what it covers."""
    keys = [rubric.key for rubric in config.rubric]
    paths = [old.path.rstrip("/") for old in config.old_feed]
    for index, old in enumerate(config.old_feed):
        place = ("old_feed", index)
        if old.rubric and old.rubric not in keys:
            yield (
                (*place, "rubric"),
                (
                    f'old feed "{old.path}": rubric "{old.rubric}" is not defined'
                    f"{hint(old.rubric, keys)}"
                ),
            )
        if old.rubric and _PLACEHOLDER in old.path:
            yield (
                (*place, "rubric"),
                (
                    f'old feed "{old.path}": the path names the rubric already; leave'
                    " `rubric` out"
                ),
            )
        if old.language and old.language not in config.site.languages:
            yield (
                (*place, "language"),
                (
                    f'old feed "{old.path}": language "{old.language}" is not one of'
                    f" site.languages{hint(old.language, config.site.languages)}"
                ),
            )
        if old.path == "/" or old.path.startswith(_OURS):
            yield (
                (*place, "path"),
                (
                    f'old feed "{old.path}": the service answers there itself; an old'
                    " address is one of the site before"
                ),
            )
        if paths[index] in paths[:index]:
            yield (
                (*place, "path"),
                f'old feed "{old.path}" is defined twice; take one of them out',
            )
