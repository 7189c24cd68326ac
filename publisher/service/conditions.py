"""What must be true of the machine and the configuration before anything is opened."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from publisher.config import Config
from publisher.errors import ConfigError
from publisher.rendering.templates import Renderer

__all__ = ["check_languages", "check_zones"]

ALMATY_SUMMER = datetime(2024, 6, 1)  # noqa: DTZ001 (a wall time of the zone)

_OF_LANDS = {"kz": "kk"}
"""Codes of countries that are written for their languages, though they name none."""


def check_zones() -> None:
    """Refuse to run on zone data from before 2024: Almaty would be an hour early."""
    offset = ZoneInfo("Asia/Almaty").utcoffset(ALMATY_SUMMER)
    if offset != timedelta(hours=5):
        msg = (
            f"the time zone data of this machine is older than 2024 (Asia/Almaty is"
            f" {offset} from UTC, must be 5:00); update its tzdata package"
        )
        raise ConfigError([msg])


def check_languages(config: Config, renderer: Renderer) -> None:
    """Refuse languages that pages and mails have no words for."""
    known = renderer.languages.codes
    for code in config.site.languages:
        if code not in known and code.partition("-")[0] not in known:
            of_land = _OF_LANDS.get(code.casefold())
            meant = f' (did you mean "{of_land}"?)' if of_land else ""
            msg = (
                f'site.languages: there is no catalogue for "{code}"{meant}; there are'
                f" {', '.join(known)}; add publisher/rendering/catalogues/{code}.po"
            )
            raise ConfigError([msg])
