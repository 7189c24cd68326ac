"""From the address of a player to the address of the page that plays it."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from publisher.rendering.cleaning.addresses import web_link

__all__ = ["Played", "find_played"]


@dataclass(frozen=True, slots=True)
class Played:
    """What a player plays; `poster` is empty where its address cannot be derived."""

    url: str
    kind: str
    """video, audio, notice (a message on a social network) or page."""
    place: str
    poster: str = ""
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class _Player:
    address: str
    """A pattern for host and path without `www.` or `m.`, anchored at the beginning."""
    url: str
    place: str
    kind: str = "video"
    poster: str = ""
    size: tuple[int, int] = (0, 0)


_YOUTUBE_ID = r"([A-Za-z0-9_-]{11})(?![A-Za-z0-9_-])"
_PLAYERS = (
    # Before single films: "videoseries" and "live_stream" look like their names.
    _Player(
        r"youtube(?:-nocookie)?\.com/(?:embed/videoseries|playlist)\?(?:.*&)?list=([\w-]+)",
        "https://www.youtube.com/playlist?list={}",
        "YouTube",
    ),
    _Player(
        r"youtube(?:-nocookie)?\.com/embed/live_stream\?(?:.*&)?channel=([\w-]+)",
        "https://www.youtube.com/channel/{}/live",
        "YouTube",
    ),
    _Player(
        r"youtube(?:-nocookie)?\.com/(?:(?:embed|v|e|shorts|live)/|watch\?(?:[^#]*&)?v=)"
        + _YOUTUBE_ID,
        "https://www.youtube.com/watch?v={}",
        "YouTube",
        poster="https://i.ytimg.com/vi/{}/hqdefault.jpg",
        size=(480, 360),
    ),
    _Player(
        r"youtu\.be/" + _YOUTUBE_ID,
        "https://www.youtube.com/watch?v={}",
        "YouTube",
        poster="https://i.ytimg.com/vi/{}/hqdefault.jpg",
        size=(480, 360),
    ),
    _Player(
        r"(?:player\.)?vimeo\.com/(?:video/)?(\d+)", "https://vimeo.com/{}", "Vimeo"
    ),
    _Player(
        r"rutube\.ru/(?:play/embed|video/embed|video)/(\w+)",
        "https://rutube.ru/video/{}/",
        "Rutube",
    ),
    _Player(
        r"(?:vk|vkvideo)\.(?:com|ru)/video_ext\.php\?(?:.*&)?oid=(-?\d+)&(?:.*&)?id=(\d+)",
        "https://vk.com/video{}_{}",
        "VK",
    ),
    _Player(r"ok\.ru/video(?:embed)?/(\d+)", "https://ok.ru/video/{}", "OK"),
    _Player(
        r"(?:geo\.)?dailymotion\.com/(?:embed/video/|video/|player[^?]*\?(?:.*&)?video=)"
        r"([A-Za-z0-9]+)",
        "https://www.dailymotion.com/video/{}",
        "Dailymotion",
        poster="https://www.dailymotion.com/thumbnail/video/{}",
    ),
    _Player(r"coub\.com/(?:embed|view)/(\w+)", "https://coub.com/view/{}", "Coub"),
    _Player(
        r"open\.spotify\.com/embed/(\w+)/(\w+)",
        "https://open.spotify.com/{}/{}",
        "Spotify",
        kind="audio",
    ),
    _Player(
        r"tiktok\.com/(?:embed(?:/v\d)?|player/v\d)/(\d+)",
        "https://www.tiktok.com/@i/video/{}",
        "TikTok",
    ),
    _Player(r"t\.me/(\w+/\d+)", "https://t.me/{}", "Telegram", kind="notice"),
    _Player(
        r"instagram\.com/((?:p|reel|tv)/[\w-]+)",
        "https://www.instagram.com/{}/",
        "Instagram",
        kind="notice",
    ),
    _Player(
        r"platform\.(?:twitter|x)\.com/embed/\w+\.html\?(?:.*&)?id=(\d+)",
        "https://x.com/i/status/{}",
        "X",
        kind="notice",
    ),
)
_FACEBOOK = re.compile(r"facebook\.com/plugins/(?:post|video)\.php\?")
_MAPS = re.compile(r"google\.[a-z.]+/maps/|yandex\.[a-z]+/map")

# Frames that show a reader nothing: counters, advertising, buttons.
_NOTHING_TO_SEE = re.compile(
    r"googletagmanager\.com/|[\w.]*doubleclick\.net/|[\w.]*googlesyndication\.com/"
    r"|an\.yandex\.ru/|facebook\.com/plugins/|platform\.twitter\.com/widgets"
    r"|google\.com/recaptcha|[^?]*\.swf(?:$|\?)"
)


def find_played(address: str, base_url: str) -> Played | None:
    """Return what a player at an address plays, or None when there is nothing to see.

    A player that we do not know is a page: the reader gets the player's own address.
    """
    url = web_link(address, base_url)
    if url is None:
        return None
    place = re.sub(r"^https?://(?:www\.|m\.)?", "", url)
    for player in _PLAYERS:
        found = re.match(player.address, place)
        if found is not None:
            return Played(
                player.url.format(*found.groups()),
                player.kind,
                player.place,
                player.poster.format(*found.groups()),
                *player.size,
            )
    if _FACEBOOK.match(place):
        named = parse_qs(urlsplit(url).query).get("href", [""])[0]
        shown = web_link(named, base_url)
        return Played(shown, "notice", "Facebook") if shown else None
    if _NOTHING_TO_SEE.match(place):
        return None
    host = urlsplit(url).netloc.removeprefix("www.")
    return Played(url, "page", "Maps" if _MAPS.match(place) else host)
