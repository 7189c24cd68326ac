"""Markdown means what CommonMark says, and a picture alone is a figure."""

import pytest

from publisher.sources.markdown import PlacedPicture, render_markdown

RENDERED = {
    '![Река](reka.jpg "Нура, *весна*")': (
        '<figure><img src="reka.jpg" alt="Река" />'
        "<figcaption>Нура, *весна*</figcaption></figure>\n"
    ),
    "![](reka.jpg)": '<figure><img src="reka.jpg" alt="" /></figure>\n',
    '[![Река](reka.jpg "<b>")](/r)': (
        '<figure><a href="/r"><img src="reka.jpg" alt="Река" /></a>'
        "<figcaption>&lt;b&gt;</figcaption></figure>\n"
    ),
    "Вот ![Река](reka.jpg)": '<p>Вот <img src="reka.jpg" alt="Река" /></p>\n',
    "- ![Река](reka.jpg)": (
        '<ul>\n<li><img src="reka.jpg" alt="Река" /></li>\n</ul>\n'
    ),
    "~~нет~~ **да**": "<p><s>нет</s> <strong>да</strong></p>\n",
    "<div>как есть</div>": "<div>как есть</div>",
    "5 < 7 & «да»": "<p>5 &lt; 7 &amp; «да»</p>\n",
    "": "",
}


@pytest.mark.parametrize("text", RENDERED)
def test_markdown_becomes_html(text: str) -> None:
    assert render_markdown(text, PlacedPicture) == RENDERED[text]


def test_every_picture_is_placed_with_its_size() -> None:
    def place(written: str) -> PlacedPicture:
        return PlacedPicture(f"https://pic.example/{written}", 640, 480)

    html = render_markdown("![а](1.jpg) и ![б](Река%201.jpg)", place)

    assert 'src="https://pic.example/1.jpg" alt="а" width="640" height="480"' in html
    assert "https://pic.example/%D0%A0%D0%B5%D0%BA%D0%B0%201.jpg" in html
