"""The page of feeds names every element of a feed that has everything, and no other."""

import json
from datetime import UTC, date, datetime, timedelta

from lxml import etree
from lxml.etree import _Element

from publisher.feeds.addresses import FeedAddresses
from publisher.feeds.documents import assemble
from publisher.feeds.fragments import render_fragment
from publisher.feeds.heads import History, head_of
from publisher.model.article import Article, Byline, Link, Picture
from publisher.model.feed import FORMATS, Feed, FeedFormat, SiteFacts, Tombstone
from publisher.model.rubric import Rubric, RubricTree
from tests.docs.pages import REFERENCE, codes_in, rows_under

PAGE = REFERENCE / "feeds.md"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
XML = "{http://www.w3.org/XML/1998/namespace}"
ATOM = "http://www.w3.org/2005/Atom"
TREE = RubricTree((Rubric(key="sport", slug="sport", names={"ru": "Спорт"}),))
FACTS = SiteFacts(
    titles={"ru": "Степное утро"},
    url="https://utro.example",
    base_url="https://feeds.utro.example",
    languages=("ru", "kk"),
    authority="utro.example",
    since=date(2026, 1, 1),
    rights={"ru": "© Степное утро"},
    logo_url="https://utro.example/logo.png",
)
ARTICLE = Article(
    id=1,
    uid="tag:utro.example,2026-01-01:article:1",
    revision=1,
    entry_version=1,
    language="ru",
    title="Каток открыт",
    lead="Вход свободный.",
    body_html="<p>Каток работает до девяти.</p>",
    url="https://utro.example/ru/katok",
    rubric_keys=("sport",),
    published_at=NOON,
    updated_at=NOON + timedelta(hours=1),
    bylines=(Byline("Асель", "https://utro.example/asel"),),
    picture=Picture(
        url="https://utro.example/katok.jpg", alt="Лёд", caption="Лёд", credit="Тест"
    ),
    tags=("зима",),
    related=(Link("https://utro.example/ru/lyzhi", "Лыжи", "ru"),),
    translations=(Link("https://utro.example/kk/muz", "Мұз", "kk"),),
    comments_url="https://utro.example/ru/katok#comments",
    comment_count=3,
    commented_at=NOON,
    rights="© Асель",
)
COLUMNS = {FeedFormat.RSS: 1, FeedFormat.ATOM: 2, FeedFormat.JSON: 3}
OF_LISTS = {"item", "entry", "items"}


def test_the_page_names_every_element_of_a_feed() -> None:
    for form in FORMATS:
        head, _ = elements_of(document(form), form)

        assert named_under("Fields of the feed", form) - OF_LISTS == head, form


def test_the_page_names_every_element_of_an_article() -> None:
    for form in FORMATS:
        _, entry = elements_of(document(form), form)

        assert named_under("Fields of an article", form) == entry, form


def test_the_page_names_every_format() -> None:
    rows = rows_under(PAGE, "Formats")
    told = [(codes_in(row[0])[0], codes_in(row[2])[0]) for row in rows]

    assert told == [(f".{form.value}", form.media_type) for form in FORMATS]


def document(form: FeedFormat) -> bytes:
    addresses = FeedAddresses(FACTS.base_url, TREE, FACTS.languages)
    feed = Feed(id=1, rubric_key="sport", language="ru", month="2026-02")
    history = History("2026-01", "2026-03", (Tombstone("tag:utro.example:1", NOON),))
    head = head_of(feed, addresses, FACTS, NOON, history=history)
    return assemble(head, form, [render_fragment(ARTICLE, form, TREE, FACTS)])


def named_under(heading: str, form: FeedFormat) -> set[str]:
    rows = rows_under(PAGE, heading)
    return {code for row in rows for code in codes_in(row[COLUMNS[form]])}


def elements_of(body: bytes, form: FeedFormat) -> tuple[set[str], set[str]]:
    """Return what stands in a feed beside its articles, and in its article."""
    if form is FeedFormat.JSON:
        feed = json.loads(body)
        (item,) = feed.pop("items")
        return names_in(feed), names_in(item)
    root = etree.fromstring(body)
    parent = root[0] if form is FeedFormat.RSS else root
    (entry,) = [child for child in parent if name_of(child) in OF_LISTS]
    head = {name_of(child) for child in parent} - OF_LISTS
    shown = {name_of(child) for child in entry}
    for media in entry.iterchildren("{*}content"):
        shown |= {name_of(child) for child in media}
    return head | language_of(parent), shown | language_of(entry)


def language_of(element: _Element) -> set[str]:
    return {"xml:lang"} if element.get(f"{XML}lang") else set()


def names_in(found: dict[str, object]) -> set[str]:
    own = found.pop("_publisher")
    assert isinstance(own, dict)
    return set(found) | {f"_publisher.{name}" for name in own}


def name_of(element: _Element) -> str:
    """Return a name as the page writes it: with prefix, and for links the relation."""
    name = etree.QName(element)
    is_bare = element.prefix is None or element.nsmap.get(None) == name.namespace
    written = name.localname if is_bare else f"{element.prefix}:{name.localname}"
    is_link = name.localname == "link" and name.namespace == ATOM
    return f"{written} rel={element.get('rel')}" if is_link else written
