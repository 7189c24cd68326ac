"""A digest shows each article once, newest first, under a rubric its reader chose."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from publisher.model.article import Article
from publisher.model.content import DigestContent, group_by_rubric, trim
from tests.builders import MORNING, a_public_article, a_tree
from tests.effort import effort

TREE = a_tree()
KEYS = [rubric.key for rubric in TREE]
SITE = "https://gazeta.example/ru"
ARTICLES = st.lists(
    st.tuples(
        st.lists(st.sampled_from(KEYS), unique=True, max_size=3), st.integers(0, 5)
    ),
    max_size=15,
).map(
    lambda found: [
        a_public_article(
            number,
            rubric_keys=tuple(keys),
            published_at=MORNING - timedelta(hours=hours),
        )
        for number, (keys, hours) in enumerate(found, start=1)
    ]
)
CHOICES = st.frozensets(st.sampled_from(KEYS))


def age(article: Article) -> tuple[object, int]:
    return article.published_at, article.id


@effort(150)
@given(articles=ARTICLES, chosen=CHOICES)
def test_every_article_of_a_chosen_rubric_is_printed_once(
    articles: list[Article], chosen: frozenset[str]
) -> None:
    sections = group_by_rubric(articles, TREE, chosen, "ru", SITE)

    printed = [article for section in sections for article in section.articles]
    wanted = [one for one in articles if chosen & set(one.rubric_keys)]
    assert sorted(printed, key=age) == sorted(wanted, key=age)


@effort(150)
@given(articles=ARTICLES, chosen=CHOICES)
def test_sections_follow_the_menu_and_articles_are_newest_first(
    articles: list[Article], chosen: frozenset[str]
) -> None:
    sections = group_by_rubric(articles, TREE, chosen, "ru", SITE)

    menu = [rubric.key for _, rubric in TREE.walk()]
    order = [menu.index(section.rubric_key) for section in sections]
    assert order == sorted(set(order))
    for section in sections:
        ages = [age(article) for article in section.articles]
        assert ages == sorted(ages, reverse=True)
        assert section.rubric_key in chosen
        assert section.articles


def test_an_article_stands_under_the_first_of_its_rubrics_that_was_chosen() -> None:
    article = a_public_article(rubric_keys=("politika", "sport", "novosti"))

    (section,) = group_by_rubric(
        [article], TREE, frozenset({"novosti", "sport"}), "kk", SITE
    )

    assert (section.rubric_key, section.name) == ("sport", "Спорт жаңалықтары")


def test_a_section_leads_to_its_rubric() -> None:
    article = a_public_article(rubric_keys=("vektor",))

    (section,) = group_by_rubric([article], TREE, frozenset({"vektor"}), "ru", SITE)

    address = "novosti/politika/mezhdunarodnyi-vektor"
    assert section.url.startswith(SITE)
    assert section.url.endswith(address)


@effort(100)
@given(articles=ARTICLES, limit=st.integers(0, 20))
def test_trimming_keeps_the_newest_and_counts_the_rest(
    articles: list[Article], limit: int
) -> None:
    kept, more = trim(articles, limit)

    assert len(kept) + more == len(articles)
    assert list(kept) == sorted(articles, key=age, reverse=True)[:limit]


def test_the_strip_of_latest_news_is_not_among_what_was_delivered() -> None:
    inside, outside = a_public_article(1), a_public_article(2)
    content = DigestContent(
        digest_key="utro",
        title="Утро",
        language="ru",
        dated=MORNING.date(),
        sections=group_by_rubric(
            [inside], TREE, frozenset({"obshchestvo"}), "ru", SITE
        ),
        latest=(outside,),
    )

    assert content.articles == (inside,)
