"""The lead picture is neither lost nor shown twice; texts come from the body."""

import pytest

from publisher.feeds.content import EXCERPT_LENGTH, excerpt, full_content
from publisher.model.article import Picture

PICTURE = Picture(
    url="https://gazeta.example/media/2025/04/most.jpg",
    alt='Мост "Южный"',
    caption="Опора < 30 метров",
    credit="Фото gov.kz & Ко",
    width=1200,
    height=800,
)
BODY = "<p>Текст.</p>"


def test_a_picture_that_the_body_lacks_stands_at_the_top_with_caption_and_credit() -> (
    None
):
    content = full_content(BODY, "суть", PICTURE)

    assert content == (
        '<figure><img src="https://gazeta.example/media/2025/04/most.jpg"'
        ' alt="Мост &quot;Южный&quot;" width="1200" height="800">'
        "<figcaption>Опора &lt; 30 метров"
        " <small>Фото gov.kz &amp; Ко</small></figcaption></figure>\n<p>Текст.</p>"
    )


def test_a_picture_without_texts_and_sizes_is_a_bare_figure() -> None:
    content = full_content(BODY, "суть", Picture(url="https://gazeta.example/1.png"))

    assert content == (
        '<figure><img src="https://gazeta.example/1.png" alt=""></figure>\n' + BODY
    )


@pytest.mark.parametrize(
    "source",
    [
        "https://gazeta.example/media/2025/04/most.jpg",
        "http://gazeta.example/media/2025/04/most.jpg?w=640&amp;h=400",
        "https://gazeta.example/media/2025/04/most-1024x683.jpg",
        "https://gazeta.example/media/2025/04/most-scaled.jpg",
        "https://i0.cdn.example/gazeta.example/media/2025/04/most.jpg?ssl=1",
        "https://gazeta.example/media/2025/04/MOST.jpg",
    ],
)
def test_a_picture_that_the_body_shows_in_any_size_is_not_shown_again(
    source: str,
) -> None:
    body = f'<p>До.</p><figure><img alt="" src="{source}"></figure>'

    assert full_content(body, "суть", PICTURE) == body


def test_a_picture_in_the_srcset_of_the_body_counts() -> None:
    body = (
        "<picture><source srcset='https://gazeta.example/media/2025/04/most.jpg 2x,"
        " https://gazeta.example/x.jpg'></picture>"
    )

    assert full_content(body, "суть", PICTURE) == body


@pytest.mark.parametrize(
    "body",
    [
        '<img src="https://gazeta.example/media/2024/11/most.jpg">',
        '<img src="https://gazeta.example/media/2025/04/most-2.jpg">',
        "<p>media/2025/04/most.jpg</p>",
        '<a href="https://gazeta.example/media/2025/04/most.jpg">фото</a>',
    ],
)
def test_another_picture_or_a_mere_mention_does_not_count(body: str) -> None:
    assert full_content(body, "суть", PICTURE).startswith("<figure>")


def test_an_article_without_a_body_shows_its_gist() -> None:
    assert full_content("", "5 < 7 & да", None) == "<p>5 &lt; 7 &amp; да</p>"


def test_an_excerpt_is_plain_text_without_captions_cut_at_a_word() -> None:
    body = (
        "<figure><img src='x'><figcaption>Подпись</figcaption></figure>"
        "<p>Пер<b>вый</b> абзац.</p><p>Второй &lt;абзац&gt; &amp; ещё.</p>"
    )

    assert excerpt(body) == "Первый абзац. Второй <абзац> & ещё."
    cut = excerpt("<p>" + "слово " * 100 + "</p>")
    assert len(cut) <= EXCERPT_LENGTH
    assert cut.endswith("слово…")


@pytest.mark.parametrize("body", ["", "<!-- нет -->", "<p></p>", "<?x?>", " \n"])
def test_a_body_without_text_has_no_excerpt(body: str) -> None:
    assert excerpt(body) == ""
