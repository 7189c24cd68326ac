"""Readers see the pictures that the page shows, and nothing that watches them.

Pages load pictures late, by scripts that feeds and messages do not run: the address is
then in an attribute of the page's own, and the address of the element is a stand-in.
"""

import pytest

from publisher.model.article import Picture
from publisher.rendering.cleaning import clean_article_html

BASE = "https://vestnik.example/2026/03/02/most/"
MOST = "https://vestnik.example/most.jpg"
BLANK = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="

SHOWN = {
    "its own address": '<img src="/most.jpg">',
    "data-src": f'<img src="{BLANK}" data-src="/most.jpg">',
    "data-lazy-src": '<img src="/img/blank.gif" data-lazy-src="/most.jpg">',
    "data-original": '<img src="/i/1x1.png" data-original="/most.jpg">',
    "data-img-url": '<img data-img-url="/most.jpg">',
    "no script": f'<img class="lazy" src="{BLANK}"><noscript><img src="/most.jpg">'
    "</noscript>",
    "no script, shown already": '<img data-src="/most.jpg"><noscript><img '
    'src="/most.jpg"></noscript>',
    "no script before the picture": '<noscript><img src="/most.jpg"></noscript>'
    '<img data-src="/most.jpg">',
    "the widest of a set up to 1600": '<img src="/small.jpg" srcset="/small.jpg 300w, '
    '/most.jpg 1536w, /huge.jpg 2560w">',
    "a set that a script loads": f'<img src="{BLANK}" data-srcset="/most.jpg 1024w, '
    '/small.jpg 300w">',
    "the smallest of huge ones": '<img srcset="/most.jpg 2000w, /h.jpg 4000w">',
    "a set by density": '<img src="/1.jpg" srcset="/1.jpg, /most.jpg 2x, /4.jpg 4x">',
    "src rather than a set too narrow": '<img width="900" src="/most.jpg" '
    'srcset="/small.jpg 300w">',
    "img rather than source": '<picture><source srcset="/most.webp"><img '
    'src="/most.jpg"></picture>',
    "source without img": f'<picture><source type="image/webp" srcset="/most.webp">'
    f'<source type="image/jpeg" srcset="/most.jpg"><img src="{BLANK}"></picture>',
    "an accelerated page": '<amp-img src="/most.jpg"></amp-img>',
}

NOT_SHOWN = {
    "a pixel": '<img src="/t.gif" width="1" height="1">',
    "nothing wide": '<img src="/t.gif" width="0">',
    "a hidden one": '<img src="/t.gif" style="display:none">',
    "a tiny one": '<img src="/t.gif" style="position:absolute; width:1px">',
    "Yandex": '<img src="https://mc.yandex.ru/watch/1">',
    "LiveInternet": '<img src="//counter.yadro.ru/hit">',
    "Zero.kz": '<img src="https://c.zero.kz/z.png?u=1">',
    "Facebook": '<img src="https://www.facebook.com/tr?id=1&noscript=1">',
    "WordPress": '<img src="https://pixel.wp.com/g.gif?v=ext">',
    "embedded data": f'<img src="{BLANK}">',
    "no address": "<img alt='x'>",
    "a scripting address": '<img src="javascript:x">',
    "a file of the sender": '<img src="file:///c:/a.jpg">',
    "a mail's own part": '<img src="cid:1@x">',
    "a stand-in": '<img src="/theme/placeholder.svg">',
}


@pytest.mark.parametrize("name", SHOWN)
def test_the_picture_that_the_page_shows_is_shown(name: str) -> None:
    clean = clean_article_html(f"<p>{SHOWN[name]}</p>", BASE)

    assert [picture.url for picture in clean.pictures] == [MOST]
    assert clean.html.count("<img") == 1
    assert f'src="{MOST}"' in clean.html


@pytest.mark.parametrize("name", NOT_SHOWN)
def test_what_shows_nothing_is_not_shown(name: str) -> None:
    clean = clean_article_html(f"<p>Да{NOT_SHOWN[name]}</p>", BASE)

    assert clean.html == "<p>Да</p>"
    assert clean.pictures == ()
    assert len(clean.notes) == 1


@pytest.mark.parametrize("name", ["pixel-art.png", "loading-dock.jpg", "gray-wolf.png"])
def test_a_picture_is_not_taken_for_a_stand_in(name: str) -> None:
    clean = clean_article_html(f'<img src="/{name}">', BASE)

    assert clean.pictures[0].url == f"https://vestnik.example/{name}"


def test_sizes_words_and_caption_stay_with_a_picture() -> None:
    said = (
        '<figure><a href="/big.png"><img src="/a.png" width="640px" height="50%" '
        'alt="Река  &quot;Нура&quot;" title="нет"></a>'
        "<figcaption>Вид  <b>сверху</b></figcaption></figure>"
    )

    clean = clean_article_html(said, BASE)

    assert clean.html == (
        '<figure><a href="https://vestnik.example/big.png"><img '
        'src="https://vestnik.example/a.png" alt="Река &quot;Нура&quot;" width="640">'
        "</a><figcaption>Вид <b>сверху</b></figcaption></figure>"
    )
    assert clean.pictures == (
        Picture(
            url="https://vestnik.example/a.png",
            alt='Река "Нура"',
            caption="Вид сверху",
            width=640,
            media_type="image/png",
        ),
    )


def test_a_gallery_becomes_single_figures() -> None:
    said = (
        "<figure class='wp-block-gallery'><figure><img src=/1.jpg></figure>"
        "<figure><img src=/2.jpg></figure><figcaption>Праздник</figcaption></figure>"
    )

    assert clean_article_html(said, BASE).html == (
        '<figure><img src="https://vestnik.example/1.jpg" alt=""></figure>\n'
        '<figure><img src="https://vestnik.example/2.jpg" alt=""></figure>\n'
        "<figure><figcaption>Праздник</figcaption></figure>"
    )


def test_a_pictured_sign_becomes_the_sign() -> None:
    said = (
        '<p>Да <img class="emoji" alt="\U0001f600" src="https://s.example/1.svg"></p>'
    )

    assert clean_article_html(said, BASE).html == "<p>Да \U0001f600</p>"
