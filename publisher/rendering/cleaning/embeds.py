"""Players, framed pages and messages of social networks become links with words."""

import re
from dataclasses import dataclass

from lxml.etree import _Element

from publisher.rendering.cleaning.addresses import web_link
from publisher.rendering.cleaning.pictures import whole_number
from publisher.rendering.cleaning.players import Played, find_played

__all__ = ["EMBEDDING", "Embed", "find_embed", "find_notice"]

EMBEDDING = frozenset(
    (
        "amp-iframe",
        "amp-youtube",
        "audio",
        "embed",
        "iframe",
        "lite-youtube",
        "object",
        "video",
    )
)
"""Elements that show something from another place."""

_FRAME_ADDRESSES = (
    "data-src",
    "data-lazy-src",
    "data-litespeed-src",
    "data-src-cmplz",
    "src",
    "data",
)
_NOTICES = {
    "twitter-tweet": "X",
    "twitter-video": "X",
    "instagram-media": "Instagram",
    "tiktok-embed": "TikTok",
    "telegram-post": "Telegram",
    "fb-post": "Facebook",
    "fb-video": "Facebook",
    "bluesky-embed": "Bluesky",
}
_NOTICE_ADDRESSES = ("data-instgrm-permalink", "data-href", "cite")
_WORDS = {
    "video": {"en": "Video", "ru": "Видео", "kk": "Бейнежазба"},
    "audio": {"en": "Audio", "ru": "Аудио", "kk": "Аудиожазба"},
    "notice": {"en": "Message", "ru": "Запись", "kk": "Жазба"},
    "page": {"en": "See", "ru": "Смотреть", "kk": "Қараңыз"},
}
_NO_TITLE = re.compile(
    r"(?:youtube|vimeo|rutube|vk|dailymotion)?[ -]*"
    r"(?:video|embed(?:ded)?|iframe|frame)?[ -]*(?:player|content|post)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Embed:
    """A link with words, behind a picture where its address is known."""

    played: Played
    words: str


def find_embed(element: _Element, base_url: str, language: str) -> Embed | None:
    """Return what an embedding element shows, or None when it shows nothing.

    The network is not asked. `language` chooses the words: ru, kk, otherwise English.
    """
    match element.tag:
        case "video" | "audio" as kind:
            played = _file(element, kind, base_url)
        case "amp-youtube" | "lite-youtube":
            key = element.get("data-videoid") or element.get("videoid") or ""
            played = find_played(f"https://youtu.be/{key}", base_url)
        case _:
            played = _framed(element, base_url)
    return Embed(played, _words(element, played, language)) if played else None


def find_notice(element: _Element, base_url: str, language: str) -> Embed | None:
    """Return the message of a social network that a script would put here."""
    post = element.get("data-telegram-post")
    if element.tag == "script" and post is None:
        return None
    classes = element.get("class", "").split()
    place = next((_NOTICES[name] for name in classes if name in _NOTICES), None)
    if post is not None:
        address: str | None = f"https://t.me/{post}"
        place = "Telegram"
    elif place is not None:
        named = (element.get(name) for name in _NOTICE_ADDRESSES)
        links = (link.get("href") for link in element.iter("a"))
        # The last link of a message is its date, which leads to the message itself.
        address = next(filter(None, (*named, *reversed(list(links)))), None)
    else:
        return None
    url = web_link(address or "", base_url)
    if url is None:
        return None
    played = Played(url.partition("?")[0], "notice", place)
    return Embed(played, _words(element, played, language))


def _file(element: _Element, kind: str, base_url: str) -> Played | None:
    """Return the recording that a video or audio element plays itself."""
    sources = [element, *element.iter("source")]
    addresses = (s.get("src") or s.get("data-src") or "" for s in sources)
    for address in addresses:
        url = web_link(address, base_url)
        if url is not None:
            known = find_played(url, base_url)
            place = url.rpartition("/")[2].partition("?")[0]
            poster = web_link(element.get("poster") or "", base_url) or ""
            if known is None or known.kind != "page":
                return known
            return Played(url, kind, place or known.place, poster)
    return None


def _framed(element: _Element, base_url: str) -> Played | None:
    sizes = {whole_number(element.get(name)) for name in ("width", "height")}
    if sizes & {0, 1} or "wp-embedded-content" in element.get("class", ""):
        return None
    addresses = (element.get(name) or "" for name in _FRAME_ADDRESSES)
    usable = (found for a in addresses if a and (found := find_played(a, base_url)))
    return next(usable, None)


def _words(element: _Element, played: Played, language: str) -> str:
    kind = _WORDS[played.kind]
    title = " ".join((element.get("title") or element.get("aria-label") or "").split())
    if title and not _NO_TITLE.fullmatch(title):
        return f"{title} ({played.place})"
    return f"{kind.get(language[:2].lower(), kind['en'])}: {played.place}"
