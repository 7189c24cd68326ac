"""Every rule of every dialect fires on its fault and is silent on a good article."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from publisher.feeds.dialects.dialect import Finding, Rule, Severity
from publisher.feeds.dialects.registry import DIALECTS, dialect_named
from publisher.feeds.dialects.sifting import accepts, findings, sift
from publisher.model.article import Byline, Picture
from tests.feeds.dialects.aggregators import (
    BODY,
    BY_KEY,
    KEYS,
    a_welcome_article,
    found,
)
from tests.feeds.newsroom import FACTS, NOON, SITE, TREE, a_kazakh_article


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is changed in a good article, and the document it would stand in."""

    changes: dict[str, Any] = field(default_factory=dict)
    now: datetime | None = None
    language: str = ""
    has_twin: bool = False
    """Whether an older article has the same page."""


def picture(**changes: Any) -> Fault:  # noqa: ANN401 (any field)
    given: dict[str, Any] = {"url": f"{SITE}/most.jpg", "width": 1200, "height": 800}
    given |= changes
    return Fault(changes={"picture": Picture(**given), "body_html": LONG})


def line(text: str) -> Fault:
    return Fault(changes={"body_html": f"{BODY}<p>{text}</p>"})


LONG = "<p>" + "Мост строят по графику. " * 20 + "</p>"
WEEK_LATER = NOON + timedelta(days=7)
BARE = {"picture": None, "body_html": LONG}

FAULTS: dict[str, list[Fault]] = {
    "title-missing": [Fault(changes={"title": ""}), Fault(changes={"title": " \x00 "})],
    "title-short": [Fault(changes={"title": "Мост строят быстро!!"})],
    "title-long": [Fault(changes={"title": "М" * 151})],
    "text-missing": [
        Fault(changes={"body_html": ""}),
        Fault(changes={"body_html": f'<figure><img src="{SITE}/a.jpg"></figure>'}),
    ],
    "text-short": [Fault(changes={"body_html": f"<p>{'а' * 299}</p>"})],
    "text-address": [
        line("Видео: https://youtu.be/abc"),
        line("Подробности на www.gazeta.example"),
    ],
    "text-contacts": [
        line("Пишите: news@gazeta.example"),
        line("Звоните +7 (7142) 54-00-00"),
        line("8 701 123 45 67"),
    ],
    "text-source": [line("Источник: акимат"), line("Сурет: Дала газеті")],
    "text-links": [line("Читайте также: Паром"), line("Тағы оқыңыз: Паром")],
    "content-heavy": [Fault(changes={"body_html": "<p>" + "мост " * 120_000 + "</p>"})],
    "body-tags": [line("<video>ролик</video>")],
    "page-elsewhere": [
        Fault(changes={"url": "https://other.example/ru/most"}),
        Fault(changes={"url": "https://notgazeta.example/ru/most"}),
    ],
    "page-front": [
        Fault(changes={"url": f"{SITE}/"}),
        Fault(changes={"url": SITE}),
    ],
    "page-shared": [Fault(has_twin=True)],
    "picture-missing": [Fault(changes=BARE)],
    "picture-narrow": [picture(width=699)],
    "picture-small": [picture(width=1200, height=399), picture(width=300, height=900)],
    "picture-elsewhere": [picture(url="https://cdn.other.example/most.jpg")],
    "byline-missing": [
        Fault(changes={"bylines": ()}),
        Fault(changes={"bylines": (Byline(" "),)}),
    ],
    "rubric-missing": [
        Fault(changes={"rubric_keys": ()}),
        Fault(changes={"rubric_keys": ("closed-long-ago",)}),
    ],
    "date-future": [Fault(now=NOON - timedelta(hours=1, seconds=1))],
    "date-old": [Fault(now=NOON + timedelta(days=400))],
    "date-order": [Fault(changes={"updated_at": NOON - timedelta(hours=2)})],
    "language-code": [
        Fault(changes={"language": "kz"}),
        Fault(changes={"language": ""}),
        Fault(changes={"language": "по-русски"}),
    ],
    "language-other": [Fault(language="kk"), Fault(language="kk-KZ")],
}

HARMLESS: dict[str, list[Fault]] = {
    "title-short": [Fault(changes={"title": "Мост строят быстро!!!"})],
    "title-long": [Fault(changes={"title": "М" * 150})],
    "text-short": [Fault(changes={"body_html": f"<p>{'а' * 300}</p>"})],
    "text-address": [line('Видео: <a href="https://youtu.be/abc">ролик</a>')],
    "text-contacts": [line("В 2025 году 8 500 рабочих и 123 456 789 кирпичей")],
    "text-source": [line("Источник питьевой воды нашли рядом")],
    "text-links": [line("Жители читают также старые газеты")],
    "page-elsewhere": [
        Fault(changes={"url": "https://www.gazeta.example/ru/most"}),
        Fault(changes={"url": "https://sport.gazeta.example/most"}),
    ],
    "page-front": [Fault(changes={"url": f"{SITE}/?p=12"})],
    "picture-narrow": [picture(width=700), picture(width=0)],
    "picture-small": [picture(width=400, height=400), picture(width=300, height=0)],
    "picture-missing": [Fault(changes={"picture": None})],
    "date-future": [Fault(now=NOON - timedelta(hours=1))],
    "date-old": [Fault(now=NOON - timedelta(hours=1) + timedelta(days=3))],
    "language-code": [Fault(changes={"language": "kk-KZ"})],
    "language-other": [Fault(language="ru-KZ"), Fault(language="")],
}


def heard(rule: str, key: str, fault: Fault) -> list[Finding]:
    article = a_welcome_article(**fault.changes)
    twins = [a_welcome_article(9, url=article.url)] if fault.has_twin else []
    sifted = sift(
        BY_KEY[key],
        [article, *twins],
        TREE,
        FACTS,
        now=fault.now,
        language=fault.language,
    )
    return [f for f in sifted.findings if f.rule == rule and f.article_id == article.id]


CASES = [
    pytest.param(dialect.key, rule, id=f"{dialect.key} {rule.id}")
    for dialect in DIALECTS
    for rule in dialect.rules
]


@pytest.mark.parametrize(("key", "rule"), CASES)
def test_a_rule_fires_on_its_fault_and_says_what_and_where(
    key: str, rule: Rule
) -> None:
    for fault in FAULTS[rule.id]:
        fired = heard(rule.id, key, fault)

        assert len(fired) == 1, fault
        assert fired[0].severity is rule.severity
        assert fired[0].where == rule.where
        assert BY_KEY[key].name in fired[0].reason
        assert fired[0].sentence.endswith(rule.remedy)
        assert fired[0].source


@pytest.mark.parametrize(("key", "rule"), CASES)
def test_a_rule_is_silent_without_its_fault(key: str, rule: Rule) -> None:
    for harmless in [Fault(), *HARMLESS.get(rule.id, [])]:
        if key == "msn" and rule.id == "date-old":
            harmless = Fault(now=NOON - timedelta(hours=1) + timedelta(days=364))  # noqa: PLW2901 (another limit)
        assert heard(rule.id, key, harmless) == [], harmless


@pytest.mark.parametrize("key", KEYS)
def test_a_good_article_is_taken_without_a_word(key: str) -> None:
    assert found(a_welcome_article(), BY_KEY[key]) == []
    assert accepts(a_welcome_article(), BY_KEY[key], TREE, FACTS)


@pytest.mark.parametrize("key", KEYS)
def test_rules_of_a_dialect_have_names_of_their_own_and_say_who_demands_it(
    key: str,
) -> None:
    rules = BY_KEY[key].rules

    assert len({rule.id for rule in rules}) == len(rules)
    assert all(rule.demands and rule.remedy and rule.source for rule in rules)


@pytest.mark.parametrize("key", KEYS)
def test_a_refused_article_is_not_accepted_and_a_warned_one_is(key: str) -> None:
    for rule in BY_KEY[key].rules:
        fault = FAULTS[rule.id][0]
        if fault.has_twin:
            continue
        article = a_welcome_article(**fault.changes)
        said = findings(
            article, BY_KEY[key], TREE, FACTS, now=fault.now, language=fault.language
        )
        is_taken = accepts(
            article, BY_KEY[key], TREE, FACTS, now=fault.now, language=fault.language
        )

        assert is_taken == all(f.severity is Severity.WARN for f in said)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "changes",
    [
        {"url": "javascript:alert(1)"},
        {"uid": ""},
        {"published_at": datetime(2025, 4, 1)},  # noqa: DTZ001 (the fault under test)
        {"body_html": None},
        {"tags": (None,)},
        {"url": f"{SITE}:80:80/"},
    ],
    ids=str,
)
def test_an_article_that_no_feed_can_show_is_refused_with_its_reason(
    key: str, changes: dict[str, Any]
) -> None:
    broken, good = a_welcome_article(1, **changes), a_welcome_article(2)

    sifted = sift(BY_KEY[key], [broken, good], TREE, FACTS)

    assert [article.id for article, _ in sifted.accepted] == [2]
    (only,) = [f for f in sifted.findings if f.article_id == 1]
    assert (only.rule, only.severity) == ("unreadable", Severity.REFUSE)
    assert only.reason


def test_refusals_come_before_warnings() -> None:
    article = a_welcome_article(title="", picture=None, bylines=(), body_html=LONG)

    said = [f.severity for f in found(article, BY_KEY["flipboard"])]

    assert said == sorted(said, key=list(Severity).index)
    assert set(said) == set(Severity)


def test_kazakh_articles_are_taken_where_every_language_is() -> None:
    assert found(a_kazakh_article(), BY_KEY["yandex"]) == []


def test_an_unknown_dialect_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(Exception, match=r'"yandeks".*did you mean "yandex"'):
        dialect_named("yandeks")
