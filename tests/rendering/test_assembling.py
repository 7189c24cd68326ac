"""Digests are joins of pieces that are rendered once, whatever the list of articles."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from publisher.errors import TemplateError
from publisher.model.article import Article
from publisher.model.content import DigestContent, Section
from publisher.rendering.assembling import Assembler, Assembly
from publisher.rendering.digest import rendered
from publisher.rendering.letterhead import Look, Personal, harmless
from publisher.rendering.shelves import Kept, Setting, Shelves
from publisher.rendering.slots import cut_apart, for_mail
from publisher.rendering.templates import RenderedMessage, Renderer
from tests.rendering.newspaper import ALMATY, Newspaper

NEWSPAPER = Newspaper("ru")
ARTICLES = NEWSPAPER.articles()
EMPTY = NEWSPAPER.content(0)


class Counting(Renderer):
    """A renderer that counts how often the whole digest is rendered."""

    renderings = 0

    @override
    def message(
        self, folder: str, language: str, /, **values: object
    ) -> RenderedMessage:
        self.renderings += 1
        return super().message(folder, language, **values)


def an_assembler(renderer: Renderer | None = None) -> Assembler:
    return Assembler(renderer or Renderer(), look=Look(), zone=ALMATY)


RENDERER = Renderer()
ONE_FOR_ALL = an_assembler(RENDERER)


def a_list(articles: Sequence[Article], more: int = 0) -> DigestContent:
    """Return a digest of some articles, every third under the next rubric."""
    sections = tuple(
        Section(
            rubric_key=f"r{start}",
            name=f"Рубрика {start}",
            url=f"https://vestnik.example/r{start}",
            articles=tuple(articles[start : start + 3]),
        )
        for start in range(0, len(articles), 3)
    )
    return replace(
        EMPTY, sections=sections, more_count=more, more_url="https://vestnik.example/"
    )


def assembled(content: DigestContent, assembler: Assembler = ONE_FOR_ALL) -> Assembly:
    return assembler.fitted(content, site=NEWSPAPER.site())


def rendered_whole(content: DigestContent) -> tuple[str, str]:
    """Return text and HTML as the templates write them in one go."""
    digest = harmless(content)
    message = RENDERER.message(
        "digest",
        content.language,
        digest=digest,
        count=len(digest.articles),
        site=harmless(NEWSPAPER.site()),
        look=Look(),
        zone=ALMATY,
        personal=Personal(),
        preheader="PREHEADER",
    )
    text, html = (
        "".join(piece for _, piece in cut_apart(part))
        for part in (message.text, message.html)
    )
    return text, for_mail(html)


@given(
    articles=st.lists(st.sampled_from(ARTICLES), max_size=9, unique=True),
    more=st.integers(0, 3),
    latest=st.lists(st.sampled_from(NEWSPAPER.latest()), max_size=2, unique=True),
)
@settings(max_examples=15)
def test_any_list_reads_as_if_it_had_been_rendered_whole(
    articles: list[Article], more: int, latest: list[Article]
) -> None:
    content = replace(a_list(articles, more), latest=tuple(latest))

    assembly = assembled(content)

    message = rendered(replace(assembly, preheader="PREHEADER"))
    text, html = rendered_whole(content)
    assert (message.text, message.html) == (text, html)


def test_another_list_of_the_same_articles_renders_nothing_again() -> None:
    renderer = Counting()
    assembler = an_assembler(renderer)
    assembled(a_list(ARTICLES[:6]), assembler)
    first = renderer.renderings

    again = assembled(a_list(ARTICLES[:6]), assembler)

    assert renderer.renderings == first == 1
    assert again == assembled(a_list(ARTICLES[:6]))
    shared = set(assembled(a_list(ARTICLES[3:6]), assembler).pieces)
    assert len(shared & set(again.pieces)) >= 4
    assert renderer.renderings == 2


def test_an_article_that_changed_is_rendered_anew() -> None:
    assembler = an_assembler()
    before = assembled(a_list(ARTICLES[:2]), assembler)
    changed = replace(ARTICLES[0], title="Другой заголовок")

    after = assembled(a_list([changed, ARTICLES[1]]), assembler)

    assert "Другой заголовок" in rendered(after).text
    assert "Другой заголовок" not in rendered(before).text
    assert "Другой заголовок" in after.subject


def a_folder(tmp_path: Path, name: str, text: str) -> Path:
    file = tmp_path / "email" / "digest" / name
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    return tmp_path


def test_other_templates_are_other_pieces(tmp_path: Path) -> None:
    renderer = Renderer()
    assembler = an_assembler(renderer)
    before = assembled(a_list(ARTICLES[:2]), assembler)
    renderer.switch(
        a_folder(
            tmp_path,
            "body.txt",
            '{% extends "shipped/email/digest/body.txt" %}'
            "{% block footer %}Свой конец {{ personal.leave_url }}\n{% endblock %}",
        )
    )

    after = assembled(a_list(ARTICLES[:2]), assembler)

    assert "Свой конец" in rendered(after).text
    assert "Свой конец" not in rendered(before).text


CHOOSY = (
    '{% from "shipped/email/digest/article.html" import opening as _opening,'
    " regular as _regular with context %}"
    "{% macro opening(article, digest, zone, look) %}"
    "{{ _opening(article, digest, zone, look) }}"
    "{% endmacro %}{% macro regular(article, digest, zone, look) %}"
    '{% if "Три школы" in article.title %}{{ 1 // 0 }}{% endif %}'
    "{{ _regular(article, digest, zone, look) }}{% endmacro %}"
)


def test_an_article_that_no_template_can_print_steps_aside(tmp_path: Path) -> None:
    bad = next(a for a in ARTICLES if "Три школы" in a.title)
    renderer = Renderer(a_folder(tmp_path, "article.html", CHOOSY))

    assembly = assembled(a_list(ARTICLES[:5]), an_assembler(renderer))

    [broken] = assembly.broken
    assert (broken.article_id, broken.piece) == (bad.id, "card")
    assert "ZeroDivisionError" in broken.reason
    text = rendered(assembly).text
    assert bad.title not in text
    assert all(a.title.split()[0] in text for a in ARTICLES[:5] if a is not bad)
    assert "4 статьи" in text
    assert "и ещё 1 " in text


def test_a_digest_of_nothing_but_broken_articles_is_refused(tmp_path: Path) -> None:
    renderer = Renderer(
        a_folder(
            tmp_path,
            "article.html",
            "{% macro opening(article, digest, zone, look) %}{{ 1 // 0 }}{% endmacro %}"
            "{% macro regular(article, digest, zone, look) %}"
            "{{ 1 // 0 }}{% endmacro %}",
        )
    )

    with pytest.raises(TemplateError, match="ZeroDivisionError"):
        assembled(a_list(ARTICLES[:3]), an_assembler(renderer))


def test_the_kept_pieces_are_bounded() -> None:
    shelves = Shelves(most=10)

    for number in range(30):
        setting = Setting(
            folder="digest",
            is_compact=False,
            digest_key="d",
            title=f"{number}",
            language="ru",
            dated=EMPTY.dated,
            more_url="",
            site=NEWSPAPER.site(),
            personal=Personal(),
            version=1,
        )
        shelf = shelves.of(setting)
        for piece in range(number):
            shelf["piece", piece] = Kept(None, ARTICLES[0])
        assert len(shelves) <= 10 + number
