"""Where a page runs a player, readers find a link that says where it leads."""

import pytest

from publisher.rendering.cleaning import clean_article_html

BASE = "https://vestnik.example/2026/03/02/most/"
WATCH = "https://www.youtube.com/watch?v=abcDEF_-123"
POSTER = "https://i.ytimg.com/vi/abcDEF_-123/hqdefault.jpg"

LED_TO = {
    "//www.youtube.com/embed/abcDEF_-123?start=5": WATCH,
    "https://www.youtube-nocookie.com/embed/abcDEF_-123": WATCH,
    "https://youtube.com/shorts/abcDEF_-123": WATCH,
    "https://youtu.be/abcDEF_-123?t=9": WATCH,
    "https://www.youtube.com/v/abcDEF_-123": WATCH,
    "https://www.youtube.com/embed/videoseries?list=PL-1": (
        "https://www.youtube.com/playlist?list=PL-1"
    ),
    "https://player.vimeo.com/video/76979871?h=1": "https://vimeo.com/76979871",
    "https://rutube.ru/play/embed/a1b2": "https://rutube.ru/video/a1b2/",
    "https://vk.com/video_ext.php?oid=-22&id=456&hash=7": "https://vk.com/video-22_456",
    "https://ok.ru/videoembed/123": "https://ok.ru/video/123",
    "https://geo.dailymotion.com/player.html?video=x8": (
        "https://www.dailymotion.com/video/x8"
    ),
    "https://t.me/akimat/12?embed=1": "https://t.me/akimat/12",
    "https://facebook.com/plugins/post.php?href=https%3A%2F%2Ffacebook.com%2Fa": (
        "https://facebook.com/a"
    ),
    "https://open.spotify.com/embed/episode/4r": "https://open.spotify.com/episode/4r",
    "https://yandex.kz/map-widget/v1/?um=1": "https://yandex.kz/map-widget/v1/?um=1",
    "https://stat.example/chart/7": "https://stat.example/chart/7",
}

LED_NOWHERE = (
    '<iframe src="https://www.googletagmanager.com/ns.html?id=1"></iframe>',
    '<iframe src="https://stat.example/" width="0" height="0"></iframe>',
    '<iframe src="javascript:alert(1)"></iframe>',
    '<iframe srcdoc="&lt;script&gt;1&lt;/script&gt;"></iframe>',
    '<iframe src="about:blank"></iframe>',
    '<embed src="/flash.swf">',
    '<object data="data:text/html,x"></object>',
    "<video></video>",
)


@pytest.mark.parametrize("address", LED_TO)
def test_a_player_becomes_a_link_to_what_it_plays(address: str) -> None:
    clean = clean_article_html(f'<iframe src="{address}"></iframe>', BASE)

    assert f'<a href="{LED_TO[address].replace("&", "&amp;")}">' in clean.html
    assert clean.html.startswith("<figure>")
    assert clean.html.endswith("</figure>")
    assert "iframe" not in clean.html


@pytest.mark.parametrize("said", LED_NOWHERE)
def test_a_frame_that_shows_nothing_goes(said: str) -> None:
    clean = clean_article_html(f"<p>Да</p>{said}", BASE)

    assert clean.html == "<p>Да</p>"
    assert clean.notes


def test_a_poster_stands_where_its_address_is_known() -> None:
    clean = clean_article_html(
        f'<p>До<iframe src="{WATCH}" title="Открытие моста"></iframe>после</p>', BASE
    )

    assert clean.html == (
        f'<p>До</p>\n<figure><a href="{WATCH}"><img src="{POSTER}" '
        'alt="Открытие моста (YouTube)" width="480" height="360"></a><figcaption>'
        f'<a href="{WATCH}">Открытие моста (YouTube)</a></figcaption></figure>\n'
        "<p>после</p>"
    )
    assert clean.plain_text == "До\n\nпосле"
    assert clean.notes == ("YouTube: replaced by a link",)


@pytest.mark.parametrize(
    ("language", "words"),
    [("ru", "Видео: Vimeo"), ("kk", "Бейнежазба: Vimeo"), ("", "Video: Vimeo")],
)
def test_the_link_speaks_the_language_of_the_article(language: str, words: str) -> None:
    said = '<iframe title="vimeo player" src="https://vimeo.com/76979871"></iframe>'

    assert f">{words}</a>" in clean_article_html(said, BASE, language=language).html


def test_what_wordpress_writes_for_a_player_keeps_its_caption() -> None:
    said = (
        '<figure class="wp-block-embed is-type-video"><div '
        f'class="wp-block-embed__wrapper">\n{WATCH}\n</div>'
        "<figcaption>Съёмка акимата</figcaption></figure>"
    )

    assert clean_article_html(said, BASE, language="ru").html == (
        f'<figure><a href="{WATCH}"><img src="{POSTER}" alt="Видео: YouTube" '
        'width="480" height="360"></a><figcaption>Съёмка акимата</figcaption></figure>'
    )


def test_the_words_of_a_message_stay_and_lead_to_it() -> None:
    said = (
        '<blockquote class="twitter-tweet"><p>Мост открыт</p>— Акимат '
        '<a href="https://twitter.com/a/status/1?ref=x">2 марта</a></blockquote>'
        '<script async src="https://platform.twitter.com/widgets.js"></script>'
    )

    clean = clean_article_html(said, BASE, language="ru").html

    assert clean == (
        "<figure><blockquote><p>Мост открыт</p>\n<p>— Акимат "
        '<a href="https://twitter.com/a/status/1?ref=x">2 марта</a></p></blockquote>\n'
        '<figcaption><a href="https://twitter.com/a/status/1">Запись: X</a>'
        "</figcaption></figure>"
    )


@pytest.mark.parametrize(
    "said",
    [
        (
            '<blockquote class="instagram-media" data-instgrm-permalink='
            '"https://www.instagram.com/p/A1/?utm=1"><svg></svg><a href="/x">Смотреть'
            "</a></blockquote>"
        ),
        '<iframe src="https://www.instagram.com/p/A1/embed"></iframe>',
    ],
)
def test_a_message_that_only_a_script_would_fill_becomes_a_link(said: str) -> None:
    assert clean_article_html(said, BASE).html == (
        '<figure><figcaption><a href="https://www.instagram.com/p/A1/">'
        "Message: Instagram</a></figcaption></figure>"
    )


def test_a_message_that_a_script_writes_becomes_a_link() -> None:
    said = (
        '<script src="https://telegram.org/x.js" data-telegram-post="gov/9"></script>'
    )

    assert 'href="https://t.me/gov/9"' in clean_article_html(said, BASE).html


def test_a_recording_leads_to_its_file_behind_its_poster() -> None:
    said = '<video poster="/p.jpg" controls><source src="/v/most.mp4"></video>'

    assert clean_article_html(said, BASE, language="ru").html == (
        '<figure><a href="https://vestnik.example/v/most.mp4"><img '
        'src="https://vestnik.example/p.jpg" alt="Видео: most.mp4"></a><figcaption>'
        '<a href="https://vestnik.example/v/most.mp4">Видео: most.mp4</a></figcaption>'
        "</figure>"
    )


def test_a_player_loaded_late_is_found() -> None:
    said = f'<iframe src="about:blank" data-lazy-src="{WATCH}"></iframe>'

    assert f'href="{WATCH}"' in clean_article_html(said, BASE).html


def test_a_player_is_shown_once_beside_its_fallback() -> None:
    frame = f'<iframe src="{WATCH}"></iframe>'

    clean = clean_article_html(f"{frame}<noscript>{frame}</noscript>", BASE)

    assert clean.html.count("<figure>") == 1
