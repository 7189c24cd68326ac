"""A digest is complete, accessible, small, and the same for the same news."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from lxml import html

from publisher.errors import ConfigError
from publisher.model.article import Byline, Link, Picture
from publisher.model.content import DigestContent
from publisher.model.picture import picture_key
from publisher.rendering.colours import READABLE, contrast
from publisher.rendering.digest import Look, Site, render_digest
from publisher.rendering.templates import RenderedMessage, shipped_templates
from tests.rendering.newspaper import ALMATY, Newspaper, a_digest, an_article
from tests.shipped import shipped_renderer

SITE = Site(title="Вестник", url="https://vestnik.example/")
RUSSIAN = Newspaper("ru")


def rendered(content: DigestContent, site: Site = SITE) -> RenderedMessage:
    return render_digest(shipped_renderer(), content, site=site, zone=ALMATY)


def parsed(message: RenderedMessage) -> html.HtmlElement:
    return html.document_fromstring(message.html)


def a_picture(**changes: object) -> Picture:
    values = {"url": "https://vestnik.example/a.jpg", "width": 1200, "height": 675}
    return Picture(**{**values, **changes})  # type: ignore[arg-type]


def test_every_part_of_the_news_is_in_both_parts() -> None:
    content = RUSSIAN.content(10, more=5)

    message = rendered(content, RUSSIAN.site())

    text_of_html = " ".join(parsed(message).text_content().split())
    text = " ".join(message.text.split())
    for article in content.articles:
        assert article.title in text_of_html
        assert article.title in text
        assert article.lead in text_of_html
        assert article.lead in text
        assert article.url in message.html
        assert f"\n{article.url}\n" in message.text
    for article in content.latest:
        assert article.title in text_of_html
        assert article.title in text
    for phrase in ("Похожие статьи", "и ещё 5 статей", "Соб. инф., 08:40"):
        assert phrase in text_of_html
        assert phrase in text
    for phrase in ("Понедельник, 28 апреля, 2025", "Типографская, 7"):
        assert phrase in text_of_html
        assert phrase in text


def test_rubrics_are_headings_that_lead_to_their_pages() -> None:
    page = parsed(rendered(RUSSIAN.content(10)))

    links = {a.text_content(): a.get("href") for a in page.xpath("//h2/a")}

    assert links["Культура"] == "https://vestnik.example/rubrics/kultura"
    assert len(links) == 4


def test_headings_are_in_order_with_one_of_the_first_rank() -> None:
    page = parsed(rendered(RUSSIAN.content(10, more=5)))

    ranks = [int(h.tag[1]) for h in page.xpath("//h1|//h2|//h3|//h4|//h5|//h6")]

    assert ranks.count(1) == 1
    assert ranks[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(ranks))


def test_the_first_picture_is_large_and_the_others_are_small() -> None:
    page = parsed(rendered(RUSSIAN.content(10)))

    widths = [image.get("width") for image in page.xpath("//img")]

    assert widths == ["552"] + ["160"] * 6


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (1200, 675, "552"),
        (300, 200, "300"),
        (800, 1200, "368"),
        (5000, 1, "552"),
        (0, 0, "552"),
    ],
)
def test_a_picture_keeps_its_shape_and_is_not_blown_up(
    width: int, height: int, expected: str
) -> None:
    content = a_digest(an_article(picture=a_picture(width=width, height=height)))

    (image,) = parsed(rendered(content)).xpath("//img")

    assert image.get("width") == expected
    # Only where no height is said does every program keep the shape (Yahoo reads
    # `height: auto` as a least height).
    assert image.get("height") is None
    assert "height" not in image.get("style").replace("line-height", "")


def test_a_linked_picture_is_named_and_one_beside_its_headline_is_silent() -> None:
    picture = a_picture()

    page = parsed(
        rendered(
            a_digest(an_article(picture=picture), an_article(id=2, picture=picture))
        )
    )

    assert [image.get("alt") for image in page.xpath("//img")] == ["Заголовок", ""]


@pytest.mark.parametrize(("width", "height"), [(1, 1), (800, 8000), (1, 30000)])
def test_a_picture_too_narrow_to_see_stands_beside_no_headline(
    width: int, height: int
) -> None:
    """Where pictures are not loaded, its text would run down in single letters."""
    picture = a_picture(width=width, height=height, credit="gov.kz")
    content = a_digest(an_article(), an_article(id=2, picture=picture))

    page = parsed(rendered(content))

    assert page.xpath("//img") == []
    assert "gov.kz" not in page.text_content()


def test_a_message_can_be_read_by_everyone() -> None:
    page = parsed(rendered(RUSSIAN.content(10, more=5), RUSSIAN.site()))

    assert (page.get("lang"), page.get("dir")) == ("ru", "ltr")
    assert {table.get("role") for table in page.xpath("//table")} == {"presentation"}
    assert page.xpath("//meta[@name='color-scheme']/@content") == ["light dark"]
    assert page.xpath("//title")[0].text == "Утренний выпуск"
    assert not page.xpath("//img[not(@alt) or not(@width)]")
    for link in page.xpath("//a"):
        name = link.text_content().strip() or " ".join(link.xpath(".//img/@alt"))
        assert name, html.tostring(link)
    sizes = re.findall(
        r"(?:font-size:|font:[^;\"]*?)(\d+)px", rendered(RUSSIAN.content(10)).html
    )
    assert min(map(int, sizes)) >= 14


def test_a_message_loads_nothing_but_the_pictures_of_its_articles() -> None:
    page = parsed(rendered(RUSSIAN.content(10), RUSSIAN.site()))

    assert not page.xpath("//script|//link|//form|//iframe|//*[@background]")
    assert all(
        url.startswith("https://vestnik.example/pictures/")
        for url in page.xpath("//@src")
    )
    styles = " ".join([*page.xpath("//@style"), *page.xpath("//style/text()")])
    assert "url(" not in styles
    assert "@import" not in styles


def test_only_media_rules_are_left_of_the_style_sheets() -> None:
    page = parsed(rendered(RUSSIAN.content(1)))

    (style,) = page.xpath("//style/text()")

    assert "@media (prefers-color-scheme: dark)" in style
    assert "@media (max-width: 480px)" in style
    assert not re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}", "", style).strip()


def test_a_parser_finds_the_charset_in_time() -> None:
    start = rendered(RUSSIAN.content(1)).html.encode()[:1024]

    assert b'<meta charset="utf-8">' in start


@pytest.mark.parametrize("scheme", ["", "dark_"])
def test_all_inks_can_be_read_on_all_grounds(scheme: str) -> None:
    source = (shipped_templates() / "email/_base/body.html").read_text("utf-8")
    colours: dict[str, str] = {}
    for names, values in re.findall(r"set ([a-z_, ]+) = (\"#[^%]+\") %", source):
        colours.update(zip(names.split(", "), values.split(", "), strict=True))
    inks = [colours[f"{scheme}{ink}"].strip('"') for ink in ("ink", "soft")]
    grounds = [colours[f"{scheme}{on}"].strip('"') for on in ("page", "sheet", "panel")]

    worst = min(contrast(ink, ground) for ink in inks for ground in grounds)

    assert worst >= READABLE


def test_text_is_wrapped_and_addresses_stand_alone() -> None:
    message = rendered(RUSSIAN.content(10, more=5), RUSSIAN.site())

    for line in message.text.splitlines():
        assert len(line) <= 72
        if "https://" in line:
            assert re.fullmatch(r" *https://\S+", line)


def test_the_first_headline_is_in_the_subject_and_others_are_beside_it() -> None:
    message = rendered(RUSSIAN.content(10))

    first, second, *_ = RUSSIAN.articles()
    assert message.subject == f"Утренний выпуск: {first.title}"
    hidden = parsed(message).xpath("//body/div")[0].text
    preheader = hidden.partition("\u00a0")[0]
    assert preheader.startswith(second.title)
    assert 40 <= len(preheader) <= 130


def test_a_digest_without_articles_is_still_a_message() -> None:
    message = rendered(a_digest())

    assert message.subject == "Утренний выпуск"
    assert "0 статей" in message.text


def test_an_article_with_nothing_but_a_headline_is_printed() -> None:
    bare = an_article(lead="", bylines=(), url="mailto:x@y.example")

    message = rendered(a_digest(bare, replace(bare, id=2)))

    assert message.html.count("Заголовок") >= 2
    assert "mailto" not in message.html + message.text


def test_the_strip_says_the_day_when_it_was_another_one() -> None:
    text = rendered(RUSSIAN.content(10)).text

    assert "\n08:52  Ночью в пригороде" in text
    assert "\n27 апр., 22:20  В зоопарке" in text


def test_a_logo_stands_in_for_the_name_and_says_it() -> None:
    look = Look(logo_url="https://vestnik.example/logo.png", logo_height=40)

    message = render_digest(
        shipped_renderer(), a_digest(), site=SITE, look=look, zone=ALMATY
    )

    (logo,) = parsed(message).xpath("//img")
    assert (logo.get("alt"), logo.get("height")) == ("Вестник", "40")


def test_an_accent_must_be_a_colour() -> None:
    with pytest.raises(ConfigError, match='accent "red; }" is not a colour'):
        Look(accent="red; }")


def test_the_same_news_gives_the_same_bytes() -> None:
    assert rendered(RUSSIAN.content(10)) == rendered(RUSSIAN.content(10))


def test_twenty_articles_stay_far_below_the_size_at_which_mail_is_clipped() -> None:
    message = rendered(a_long_digest(20, lead=250))

    assert message.html_bytes < 60_000
    assert "Слово" in message.text


def test_a_long_digest_says_less_of_each_article_and_loses_none() -> None:
    content = a_long_digest(30, lead=900)

    message = rendered(content)

    assert message.html_bytes <= 90_000
    for article in content.articles:
        assert article.url in message.html
        assert article.url in message.text


def test_a_digest_that_would_be_clipped_all_the_same_says_how_much_more_there_is() -> (
    None
):
    digest = replace(
        a_long_digest(150, lead=900), more_url="https://vestnik.example/ru/"
    )

    message = rendered(digest)

    assert 60_000 < message.html_bytes <= 90_000
    shown = message.text.count(f"{'a' * 80}/")
    assert f"и ещё {150 - shown} " in message.html
    assert f"и ещё {150 - shown} " in message.text
    assert f"{'a' * 80}/149\n" in message.text
    assert f"{'a' * 80}/0\n" not in message.text


def a_long_digest(count: int, lead: int) -> DigestContent:
    """Return a digest of articles in which every text and address is long."""
    return a_digest(
        *(
            an_article(
                id=number,
                title="Слово " * 20,
                lead=("Слово " * 200)[:lead],
                url=f"https://vestnik.example/{'a' * 80}/{number}",
                bylines=(Byline("Имя Фамилия"), Byline("Имя Фамилия")),
                picture=a_picture(
                    url=f"https://vestnik.example/{'b' * 80}.jpg",
                    alt="Слово " * 10,
                    credit="Слово " * 3,
                ),
                related=(Link("https://vestnik.example/x", "Слово " * 9, "ru"),) * 2,
            )
            for number in range(count)
        )
    )


def test_lead_pictures_are_our_own_copies_where_there_are_some() -> None:
    newspaper = Newspaper("ru")
    look = Look(copies_url="https://feeds.vestnik.example")

    message = render_digest(
        shipped_renderer(),
        newspaper.content(3),
        site=newspaper.site(),
        look=look,
        zone=ALMATY,
    )

    pictures = [a.picture for a in newspaper.articles()[:3] if a.picture]
    first, *others = [
        f"https://feeds.vestnik.example/pictures/{picture_key(picture.url)}"
        for picture in pictures
    ]
    assert f'src="{first}/1200.jpg"' in message.html
    assert all(f'src="{other}/320.jpg"' in message.html for other in others)
    assert not any(f'src="{picture.url}"' in message.html for picture in pictures)
