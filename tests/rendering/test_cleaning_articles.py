"""A cleaned body says the same as before and holds nothing but words and links.

Whatever a source wraps around its words, readers get paragraphs, lists, tables, quotes
and figures that are nested as HTML wants them, with absolute addresses.
"""

import pytest

from publisher.rendering.cleaning import clean_article_html

BASE = "https://vestnik.example/2026/03/02/most/"

SAID_AND_WRITTEN = {
    "words alone become a paragraph": (
        "Мост открыт",
        "<p>Мост открыт</p>",
    ),
    "two line breaks part paragraphs, one stays": (
        "Первая<br>строка<br><br>Вторая",
        "<p>Первая<br>строка</p>\n<p>Вторая</p>",
    ),
    "wrappers go, what they part stays parted": (
        "<div><div>Один</div>Два<section>Три</section></div>",
        "<p>Один</p>\n<p>Два</p>\n<p>Три</p>",
    ),
    "empty elements are not written": (
        "<p></p><p>&nbsp;</p><p><br></p><p>Да<b></b></p><h3> </h3><ul><li></li></ul>",
        "<p>Да</p>",
    ),
    "no-break spaces stay between words": (
        "<p>№&nbsp;7 и  11</p>",
        "<p>№&nbsp;7 и 11</p>",
    ),
    "white space is written once and outside of emphasis": (
        "<p> Он <b> пришёл </b>\n домой </p>",
        "<p>Он <b>пришёл</b> домой</p>",
    ),
    "the headline's level is left to the page": (
        "<h1>Итоги</h1><h4>Цифры</h4>",
        "<h2>Итоги</h2>\n<h4>Цифры</h4>",
    ),
    "a heading keeps its words whatever is inside": (
        "<h2><div>Итоги</div><section>года</section></h2>",
        "<h2>Итоги года</h2>",
    ),
    "unknown elements are unwrapped": (
        "<p><font color=red>Қала</font> <o:p>күні</o:p></p>",
        "<p>Қала күні</p>",
    ),
    "lists end where a parser would end them": (
        "<ul><li>нан<li>тұз</ul>",
        "<ul><li>нан</li>\n<li>тұз</li></ul>",
    ),
    "words loose in a list become a point": (
        "<ol start=3>хлеб<li>соль</ol>",
        '<ol start="3"><li>хлеб</li>\n<li>соль</li></ol>',
    ),
    "tables keep cells, also empty ones": (
        "<table border=1><tr><th colspan=2 style='x'>Год<tr><td>2026<td></table>",
        (
            '<table><tbody><tr><th colspan="2">Год</th></tr>\n'
            "<tr><td>2026</td>\n<td></td></tr></tbody></table>"
        ),
    ),
    "words loose in a table stand before it": (
        "<table>Итого<tr><td>5</td></tr></table>",
        "<p>Итого</p>\n<table><tbody><tr><td>5</td></tr></tbody></table>",
    ),
    "quotes hold paragraphs": (
        "<blockquote>Сказал <i>он</i></blockquote>",
        "<blockquote><p>Сказал <i>он</i></p></blockquote>",
    ),
    "emphasis around a figure stays with the words": (
        "<p><b>До<figure><img src=/a.jpg><figcaption>Река</figcaption></figure>по</b>",
        (
            '<p><b>До</b></p>\n<figure><img src="https://vestnik.example/a.jpg" alt="">'
            "<figcaption><b>Река</b></figcaption></figure>\n<p><b>по</b></p>"
        ),
    ),
    "a link around a block goes inside": (
        '<a href="/k"><div>Карта</div></a>',
        '<p><a href="https://vestnik.example/k">Карта</a></p>',
    ),
    "preformatted text keeps its lines": (
        "<pre>\n\nа\n  б</pre>",
        "<pre>а\n  б</pre>",
    ),
    "language and direction stay where they are valid": (
        '<p lang="kk" dir=RTL>Иә</p><p lang="!" dir=up>Жоқ</p><div lang=en>Yes</div>',
        '<p dir="rtl" lang="kk">Иә</p>\n<p>Жоқ</p>\n<div lang="en"><p>Yes</p></div>',
    ),
    "what runs or asks goes with everything inside": (
        (
            "До<script>x()</script><style>p{}</style><form><p>Имя</p></form><svg><p>y"
            "</svg><math>z</math><template><p>t</template><textarea>a</textarea>"
            "<!-- c --> по"
        ),
        "<p>До по</p>",
    ),
    "hidden words go": (
        "<p>Да<span style='color:red; display: none'>нет</span></p><p hidden>нет</p>",
        "<p>Да</p>",
    ),
    "attributes of looks and behaviour go": (
        '<p class=x id=y style="color:red" onclick="z()" data-a=b>Да</p>',
        "<p>Да</p>",
    ),
    "characters that break feeds and messages go": (
        "<p>а\x00\x0b\ufffe\ue000б\ue001&#1;&#xE000;&#xFFFF;\ud800в</p>",
        "<p>абв</p>",
    ),
    "surrogates in a pair are the character they were meant to be": (
        "<p>\ud83d\ude00</p>",
        "<p>\U0001f600</p>",
    ),
    "text that looks like markup stays text": (
        "<p>5 &lt; 7 &amp;amp; &lt;b&gt;</p>",
        "<p>5 &lt; 7 &amp;amp; &lt;b&gt;</p>",
    ),
}

ADDRESSES = {
    "/a": "https://vestnik.example/a",
    "../../27/z/": "https://vestnik.example/2026/03/27/z/",
    "#comments": f"{BASE}#comments",
    "?page=2": f"{BASE}?page=2",
    "//cdn.example/x": "https://cdn.example/x",
    " https://a.example/ ": "https://a.example/",
    "HTTPS://A.example/Путь?q=да#я": (
        "https://a.example/%D0%9F%D1%83%D1%82%D1%8C?q=%D0%B4%D0%B0#%D1%8F"
    ),
    "https://пример.рф/": "https://xn--e1afmkfd.xn--p1ai/",
    "https://user:secret@a.example/": "https://a.example/",
    "https:\\\\a.example\\b": "https://a.example/b",
    "https://a.example/100%": "https://a.example/100%25",
    "mailto:red@vestnik.example?subject=Да": (
        "mailto:red@vestnik.example?subject=%D0%94%D0%B0"
    ),
    "tel:+7-700-000": "tel:+7-700-000",
    "javascript:alert(1)": None,
    "JaVaScRiPt:alert(1)": None,
    "java&#9;script:alert(1)": None,
    "&#1;javascript:alert(1)": None,
    "\u200bjavascript:alert(1)": None,
    "data:text/html,x": None,
    "vbscript:x": None,
    "file:///etc/passwd": None,
    "blob:https://a.example/1": None,
    "https://": None,
    "https://a b.example/": None,
    "https://[::1": None,
    "#": None,
    "": None,
}


@pytest.mark.parametrize("name", SAID_AND_WRITTEN)
def test_what_is_said_is_written_in_one_way(name: str) -> None:
    said, written = SAID_AND_WRITTEN[name]

    assert clean_article_html(said, BASE).html == written


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_becomes_absolute_or_is_no_link(address: str) -> None:
    clean = clean_article_html(f'<p><a href="{address}">т</a></p>', BASE).html

    expected = ADDRESSES[address]
    shown = expected and expected.replace("&", "&amp;")
    assert clean == (f'<p><a href="{shown}">т</a></p>' if expected else "<p>т</p>")


def test_without_a_base_no_relative_address_survives() -> None:
    clean = clean_article_html('<a href="/x">а</a><img src="y.jpg">', "")

    assert clean.html == "<p>а</p>"


def test_plain_text_has_the_words_without_captions() -> None:
    said = (
        "<p>Один<br>два</p><ul><li>три<li>четыре</ul><table><tr><td>5<td>6</table>"
        "<figure><img src=/a.jpg><figcaption>Подпись</figcaption></figure><p>&lt;7&gt;"
    )

    clean = clean_article_html(said, BASE)

    assert clean.plain_text == "Один\nдва\n\nтри\nчетыре\n\n5 6\n\n<7>"


def test_notes_say_what_was_taken_out_and_how_often() -> None:
    said = '<script>1</script><script>2</script><a href="javascript:x">нет</a>'

    clean = clean_article_html(said, BASE)

    assert clean.notes == (
        "<script> removed (2 times)",
        "link with an unusable address removed",
    )


def test_a_clean_body_has_no_notes() -> None:
    assert clean_article_html("<p>Қала күні</p>", BASE).notes == ()
