"""What an article says is read in one way; what cannot be meant is refused by its line.

A refusal names the place, what is wrong there and what to write instead. What can be
repaired is repaired, with a note that the operator sees.
"""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.errors import ConfigError
from publisher.model.article import Byline, IncomingArticle, Picture
from publisher.sources.body import BODY_HTML, BODY_MARKDOWN
from publisher.sources.fields import ALIASES
from publisher.sources.source import Refusal, SourceDefaults
from tests.sources.watched import DEFAULTS, WatchedFolder, a_markdown_file, read_file

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "article-files.md"

MOMENTS = {
    "2026-03-02T09:00:00+05:00": datetime(2026, 3, 2, 4, 0, tzinfo=UTC),
    "2026-03-02T04:00:00Z": datetime(2026, 3, 2, 4, 0, tzinfo=UTC),
    "2026-03-02 09:00": datetime(2026, 3, 2, 4, 0, tzinfo=UTC),
    "2026-03-02": datetime(2026, 3, 1, 19, 0, tzinfo=UTC),
    "02.03.2026 09:00": datetime(2026, 3, 2, 4, 0, tzinfo=UTC),
    "2.3.2026": datetime(2026, 3, 1, 19, 0, tzinfo=UTC),
    "Mon, 02 Mar 2026 09:00:00 +0500": datetime(2026, 3, 2, 4, 0, tzinfo=UTC),
    # Almaty was six hours ahead of UTC until 1 March 2024.
    "2024-02-28 09:00": datetime(2024, 2, 28, 3, 0, tzinfo=UTC),
}

WRITE_IT = "write it as 2026-11-20T09:30:00+05:00"

REFUSED = {
    "no title": ("lead: Да", 1, "title: there is none; every article needs one"),
    "a title that is a list": (
        "title: [а, б]",
        2,
        "title: a text is expected here, not a list",
    ),
    "a title without end": (
        "title: " + "т" * 1001,
        2,
        "title: has 1001 characters, more than 1000",
    ),
    "a date that is none": (
        "title: Да\npublished: вчера",
        3,
        f'published: "вчера" is no date and time; {WRITE_IT}',
    ),
    "a date under another name": (
        "title: Да\nupdated: 2026-13-45",
        3,
        f'updated: "2026-13-45" is no date and time; {WRITE_IT}',
    ),
    "a date far away": (
        "title: Да\ndate: 9999-12-31T23:59:59-12:00",
        3,
        f'date: "9999-12-31T23:59:59-12:00" is no date and time; {WRITE_IT}',
    ),
    "an address that runs": (
        "title: Да\nurl: javascript:alert(1)",
        3,
        'url: "javascript:alert(1)" is no http(s) address; correct it',
    ),
    "a language that is none": (
        "title: Да\nlanguage: по-русски",
        3,
        'language: "по-русски" is no language; write ru, kk or en',
    ),
    "rubrics that are names and values": (
        "title: Да\nrubrics: {a: 1}",
        3,
        "rubrics: a text is expected here, not a set of names and values",
    ),
    "withdrawn that is a word": (
        "title: Да\nwithdrawn: maybe",
        3,
        "withdrawn: true or false is expected here, not a text",
    ),
    "a count that is a word": (
        "title: Да\ncomments: {url: /c, count: много}",
        3,
        "comments: a whole number is expected here, not a text",
    ),
    "a picture that is a list": (
        "title: Да\nimage: [a.jpg]",
        3,
        "image: write a file, an address, or {file: …, alt: …}",
    ),
    "several things at once": (
        "published: вчера\ntitle: [а]\nwithdrawn: 5",
        2,
        (
            f'published: "вчера" is no date and time; {WRITE_IT};'
            " line 3: title: a text is expected here, not a list;"
            " line 4: withdrawn: true or false is expected here, not a text"
        ),
    ),
}

BROKEN_HEADS = {
    "Просто текст": (1, "there is no front matter; begin the file with a line ---"),
    "": (1, "there is no front matter"),
    "---\ntitle: Да\n": (1, "the front matter has no end; close it with a line ---"),
    "+++\ntitle = 'Да'\n": (1, "the front matter has no end; close it with a line +++"),
    "---\ntitle: Да\n lead: [\n---\n": (3, "this is not YAML: "),
    "---\ntitle: 'Да\n---\n": (3, "this is not YAML: found unexpected end of stream"),
    "---\ntitle: а\nlead: б\ntitle: в\n---\n": (4, '"title" stands twice; keep one'),
    "---\ntitle: !!bool maybe\n---\n": (2, "this is not YAML: could not determine"),
    "---\ntitle: *da\n---\n": (2, '"*da" stands for a value that is written'),
    "---\n- а\n---\n": (2, "the front matter is no list of names and values"),
    "---\ntitle: !!python/object/apply:os.system [x]\n---\n": (2, "this is not YAML: "),
    "+++\ntitle = 'а'\nlead = ?\n+++\n": (3, "this is not TOML: Invalid value"),
    "---\ntitle: " + "[" * 5000 + "\n---\n": (2, "this is not YAML: "),
    "---\n" + "#" * 70_000 + "\n---\n": (1, "the front matter is longer than 65536"),
}

BROKEN_LINES = {
    "null": "an article is an object {…}, but here stands null",
    '"т"': "an article is an object {…}, but here stands a text",
    "12": "an article is an object {…}, but here stands a number",
    '{"id": 1, "title": NaN}': "this is not JSON: NaN is no value of JSON",
    '{"id": 1, "title": "а", "title": "б"}': '"title" stands twice in one object',
    '{"id": 1, "title": "а"': "this is not JSON: Expecting ',' delimiter in column 23",
    "[" * 20_000: "this is nested too deeply for an article",
    '{"title": "а"}': "id: there is none; give every article one that never changes",
    '{"id": 1, "title": "\\ud83d"}': "title: there is none",
    '{"id": 1, "title": 1e999}': "title: a text is expected here, not a number",
    '{"id": true, "title": "а"}': "id: a text is expected here, not true or false",
    '{"id": 1, "title": "а", "body_html": 5}': "body_html: a text is expected here",
    "9" * 5000: "this is not JSON: Exceeds the limit",
}


def the_article(folder: Path, name: str, content: str) -> IncomingArticle:
    (article,) = read_file(folder, name, content)
    assert isinstance(article, IncomingArticle), article.reason
    return article


def the_refusal(folder: Path, name: str, content: str | bytes) -> Refusal:
    (refusal,) = read_file(folder, name, content)
    assert isinstance(refusal, Refusal)
    return refusal


@pytest.mark.parametrize("written", MOMENTS)
def test_a_time_is_read_as_people_and_programs_write_it(
    tmp_path: Path, written: str
) -> None:
    article = the_article(tmp_path, "a.md", f"---\ntitle: Да\ndate: {written}\n---\n")

    assert article.published_at == MOMENTS[written]


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_where_what_and_what_to_do(tmp_path: Path, name: str) -> None:
    head, line, reason = REFUSED[name]

    refusal = the_refusal(tmp_path, "news/a.md", f"---\n{head}\n---\nДа\n")

    assert refusal.where == f"news/a.md:{line}"
    assert refusal.reason == reason
    assert refusal.raw.startswith("---\n")


@pytest.mark.parametrize("content", BROKEN_HEADS)
def test_broken_front_matter_is_refused_by_its_line(
    tmp_path: Path, content: str
) -> None:
    line, reason = BROKEN_HEADS[content]

    refusal = the_refusal(tmp_path, "a.md", content)

    assert refusal.where == f"a.md:{line}"
    assert refusal.reason.startswith(reason)


@pytest.mark.parametrize("content", BROKEN_LINES)
def test_a_broken_line_is_refused_by_its_number(tmp_path: Path, content: str) -> None:
    refusal = the_refusal(tmp_path, "wire.jsonl", f"\n{content}\n")

    assert refusal.where == "wire.jsonl:2"
    assert refusal.reason.startswith(BROKEN_LINES[content])


def test_text_in_another_encoding_is_refused_by_its_line(tmp_path: Path) -> None:
    content = "---\ntitle: Да\n---\n".encode("windows-1251")

    refusal = the_refusal(tmp_path, "a.md", content)

    assert refusal.where == "a.md:2"
    assert "save the file in the encoding UTF-8" in refusal.reason


def test_what_is_kept_of_a_refused_line_is_bounded(tmp_path: Path) -> None:
    refusal = the_refusal(tmp_path, "a.jsonl", '"' + "т" * 100_000)

    assert len(refusal.raw.encode()) <= 64 * 1024


def test_a_line_longer_than_4_mb_is_refused_and_the_next_is_read(
    tmp_path: Path,
) -> None:
    content = '{"id": 1, "title": "' + "t" * 9_000_000 + '"}\n{"id": 2, "title": "Да"}'

    article, refusal = read_file(tmp_path, "a.jsonl", content)

    assert isinstance(article, IncomingArticle)
    assert article.source_id == "2"
    assert isinstance(refusal, Refusal)
    assert refusal.where == "a.jsonl:1"
    assert refusal.reason == "the line is longer than 4 MB; shorten the article"


def test_an_unknown_name_is_noted_with_the_nearest_known_one(tmp_path: Path) -> None:
    content = a_markdown_file(publised="x", _mine="y", x_id="z", glob="t")

    article = the_article(tmp_path, "a.md", content)

    assert article.problems == (
        'unknown name "publised" (did you mean "published"?), passed over',
        'unknown name "glob", passed over',
    )


def test_words_that_yaml_would_guess_at_stay_words(tmp_path: Path) -> None:
    content = '---\nid: 007\ntitle: no\nlanguage: "no"\nauthor: 12:30\nlead: ~\n---\n'

    article = the_article(tmp_path, "a.md", content)

    assert (article.source_id, article.title, article.language) == ("007", "no", "no")
    assert article.bylines == (Byline("12:30"),)
    assert article.lead == ""


def test_a_lineage_of_rubrics_means_its_last(tmp_path: Path) -> None:
    lineages = {"rubric": ["Новости", "Город"], "rubric_slugs": ["n", "g"]}
    line = json.dumps({"id": 1, "title": "Да", **lineages})

    assert the_article(tmp_path, "a.jsonl", line).rubrics == ("g",)


def test_one_text_is_a_list_of_one(tmp_path: Path) -> None:
    content = a_markdown_file(
        rubrics="gorod", authors="Соб. инф.", tags='"а, б, а"', related="7"
    )

    article = the_article(tmp_path, "a.md", content)

    assert article.rubrics == ("gorod",)
    assert article.bylines == (Byline("Соб. инф."),)
    assert article.tags == ("а", "б")
    assert article.related == ("7",)


def test_the_country_in_place_of_its_language_is_understood(tmp_path: Path) -> None:
    article = the_article(tmp_path, "a.md", a_markdown_file(language="KZ"))

    assert article.language == "kk"
    assert article.problems == ('"kz" is the country; its language is "kk"',)


@pytest.mark.parametrize("name", ["guid", "url"])
def test_json_without_an_id_takes_what_is_as_permanent(
    tmp_path: Path, name: str
) -> None:
    line = json.dumps({"title": "Да", name: "https://vestnik.example/7"})

    article = the_article(tmp_path, "a.jsonl", line)

    assert article.source_id == "https://vestnik.example/7"
    assert any("never change it" in problem for problem in article.problems)


def test_an_address_follows_the_pattern_of_the_source(tmp_path: Path) -> None:
    defaults = SourceDefaults(
        site_url="https://vestnik.example/",
        zone=DEFAULTS.zone,
        language="kk",
        article_url="{site}/{language}/{year}/{month}/{day}/{slug}-{id}",
    )
    watched = WatchedFolder(tmp_path, defaults)
    watched.write("a.md", a_markdown_file(id='"а/1"', slug="Жаңа көпір?"))

    (article,) = watched.articles()

    slug = "%D0%96%D0%B0%D2%A3%D0%B0-%D0%BA%D3%A9%D0%BF%D1%96%D1%80"
    assert article.url == f"https://vestnik.example/kk/2026/03/02/{slug}-%D0%B0%2F1"


def test_a_pattern_with_an_unknown_name_is_refused() -> None:
    with pytest.raises(ConfigError, match=r'article_url "\{site\}/\{titel\}" is no'):
        SourceDefaults(
            site_url="https://vestnik.example",
            zone=DEFAULTS.zone,
            language="ru",
            article_url="{site}/{titel}",
        )


PICTURES = {
    "https://cdn.example/a.png": Picture(
        url="https://cdn.example/a.png", media_type="image/png"
    ),
    "/a.webp": Picture(url="https://vestnik.example/a.webp", media_type="image/webp"),
    "{url: //cdn.example/a, type: image/gif, width: 5, height: 4, length: 9}": Picture(
        url="https://cdn.example/a",
        media_type="image/gif",
        width=5,
        height=4,
        length=9,
    ),
    "'javascript:x'": None,
    "there-is-none.jpg": None,
    "../../etc/passwd": None,
}


@pytest.mark.parametrize("written", PICTURES)
def test_a_picture_is_absolute_or_noted(tmp_path: Path, written: str) -> None:
    article = the_article(tmp_path, "a.md", a_markdown_file(picture=written))

    assert article.picture == PICTURES[written]
    assert bool(article.problems) == (article.picture is None)


def test_the_page_about_article_files_names_every_name() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|([^|]*)\|", page, re.MULTILINE)
    documented = {name: re.findall(r"`(\w+)`", aliases) for name, aliases in rows}

    expected = {name: list(aliases) for name, aliases in ALIASES.items()}
    assert documented == {**expected, BODY_HTML: [], BODY_MARKDOWN: []}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["url", "name", "file", "count", "width", "к"]), inner
        )
    ),
    max_leaves=6,
)
NAMES = st.sampled_from(
    [*ALIASES, *(a for aliases in ALIASES.values() for a in aliases), "body_html"]
)


@given(st.lists(st.dictionaries(NAMES, JSON_VALUES), max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_line_ends_as_an_article_or_as_a_refusal(
    tmp_path: Path, objects: list[dict[str, object]]
) -> None:
    content = "\n".join(json.dumps(value) for value in objects)

    found = read_file(tmp_path, "a.jsonl", content)

    assert len(found) == len(objects)


@given(st.text(max_size=200), st.sampled_from(["---", "+++"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_markdown_file_ends_as_an_article_or_as_a_refusal(
    tmp_path: Path, text: str, mark: str
) -> None:
    content = f"{mark}\n{text}\n{mark}\n{text}".encode("utf-8", "surrogatepass")

    assert len(read_file(tmp_path, "a.md", content)) == 1
