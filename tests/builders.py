"""Plain values for tests: every field has a default, name only what matters."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta

from publisher.model.article import Article, Byline, IncomingArticle, Link, Picture
from publisher.model.comment import IncomingComment
from publisher.model.content import Piece
from publisher.model.digest import CatchUp, DigestRule
from publisher.model.rubric import Rubric, RubricTree
from publisher.model.selection import Selection
from publisher.model.timetable import Frequency, Timetable
from publisher.store.articles import Arrival
from publisher.store.readers import Choice, Consent
from publisher.store.segments import SegmentText

__all__ = [
    "ALMATY",
    "MORNING",
    "a_choice",
    "a_comment",
    "a_consent",
    "a_picture",
    "a_public_article",
    "a_rubric",
    "a_rule",
    "a_segment_text",
    "a_timetable",
    "a_tree",
    "an_arrival",
    "an_article",
]

ALMATY = "Asia/Almaty"
MORNING = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""A Monday, 07:00 in Almaty: where the clock of most tests starts."""

TITLE = "Мост через Есиль откроют к Наурызу"
LEAD = "Движение по новой переправе начнётся за день до праздника."
BODY = "<p>Строители уложили последний слой асфальта и проверяют освещение.</p>"


def an_article(
    source_id: str = "most",
    *,
    language: str = "ru",
    title: str = TITLE,
    body_html: str = BODY,
    published_at: datetime = MORNING,
    url: str = "",
    rubrics: Iterable[str] = ("obshchestvo",),
    lead: str = LEAD,
    guid: str | None = None,
    bylines: tuple[Byline, ...] = (Byline("Соб. инф."),),
    picture: Picture | None = None,
    tags: tuple[str, ...] = (),
    related: tuple[str, ...] = (),
    translation_of: str | None = None,
    modified_at: datetime | None = None,
    embargo_until: datetime | None = None,
    comments_url: str | None = None,
    comment_count: int | None = None,
    comments: tuple[IncomingComment, ...] = (),
    rights: str = "",
    is_withdrawn: bool = False,
) -> IncomingArticle:
    """Return an article as a source hands it over."""
    return IncomingArticle(
        source_id=source_id,
        language=language,
        title=title,
        body_html=body_html,
        published_at=published_at,
        url=url or f"https://gazeta.example/{language}/{source_id}",
        rubrics=tuple(rubrics),
        lead=lead,
        guid=guid,
        bylines=bylines,
        picture=picture,
        tags=tags,
        related=related,
        translation_of=translation_of,
        modified_at=modified_at,
        embargo_until=embargo_until,
        comments_url=comments_url,
        comment_count=comment_count,
        comments=comments,
        rights=rights,
        is_withdrawn=is_withdrawn,
    )


def an_arrival(
    incoming: IncomingArticle | None = None,
    *,
    source_id: int = 1,
    path: str = "novosti.md",
    uid: str = "",
    notes: tuple[str, ...] = (),
) -> Arrival:
    """Return a cleaned article, ready to be taken in."""
    incoming = incoming or an_article()
    key = f"{source_id}:{incoming.source_id}"
    return Arrival(
        source_id=source_id,
        path=path,
        uid=uid or f"tag:gazeta.example,2025-01-01:{key}",
        incoming=incoming,
        notes=notes,
        comments={
            f"tag:gazeta.example,2025-01-01:{key}:{one.key}": one
            for one in incoming.comments
        },
    )


def a_comment(
    key: str = "c1",
    *,
    author: str = "Ерлан",
    body_html: str = "<p>Наконец-то!</p>",
    published_at: datetime = MORNING,
    url: str = "",
) -> IncomingComment:
    """Return what a reader said, as a source hands it over."""
    return IncomingComment(
        key=key,
        author=author,
        body_html=body_html,
        published_at=published_at,
        url=url,
    )


def a_picture(url: str = "https://gazeta.example/img/most.jpg") -> Picture:
    """Return a lead image with everything known about it."""
    return Picture(
        url=url,
        alt="Мост в утреннем тумане",
        caption="Переправа готова.",
        credit="Фото редакции",
        width=1200,
        height=800,
        length=180_000,
    )


def a_public_article(
    number: int = 1,
    *,
    language: str = "ru",
    title: str = TITLE,
    rubric_keys: tuple[str, ...] = ("obshchestvo",),
    published_at: datetime = MORNING,
    updated_at: datetime | None = None,
    related: tuple[Link, ...] = (),
    translations: tuple[Link, ...] = (),
) -> Article:
    """Return an article as feeds and digests show it."""
    return Article(
        id=number,
        uid=f"tag:gazeta.example,2025-01-01:article:{number}",
        revision=1,
        entry_version=1,
        language=language,
        title=title,
        lead=LEAD,
        body_html=BODY,
        url=f"https://gazeta.example/{language}/{number}",
        rubric_keys=rubric_keys,
        published_at=published_at,
        updated_at=updated_at or published_at,
        related=related,
        translations=translations,
    )


def a_rubric(
    key: str,
    parent: str | None = None,
    *,
    slug: str = "",
    names: Mapping[str, str] | None = None,
    aliases: tuple[str, ...] = (),
    is_closed: bool = False,
    number: int = 0,
) -> Rubric:
    """Return a rubric whose address is its key."""
    return Rubric(
        key=key,
        slug=slug or key,
        names=names or {"ru": key.capitalize()},
        parent=parent,
        aliases=aliases,
        is_closed=is_closed,
        id=number,
    )


def a_tree(*rubrics: Rubric) -> RubricTree:
    """Return a tree of the given rubrics, or that of a small bilingual newspaper."""
    return RubricTree(
        rubrics
        or (
            a_rubric("novosti", names={"ru": "Новости", "kk": "Жаңалықтар"}),
            a_rubric("politika", "novosti", names={"ru": "Политика", "kk": "Саясат"}),
            a_rubric(
                "vektor",
                "politika",
                slug="mezhdunarodnyi-vektor",
                names={"ru": "Международный вектор", "kk": "Халықаралық бағыт"},
            ),
            a_rubric(
                "obshchestvo",
                "novosti",
                names={"ru": "Общество", "kk": "Қоғам"},
                aliases=("люди",),
            ),
            a_rubric("sport", names={"ru": "Спорт", "kk": "Спорт жаңалықтары"}),
            a_rubric(
                "futbol", "sport", names={"ru": "Футбол", "kk": "Футбол ойындары"}
            ),
        )
    )


def a_timetable(
    frequency: Frequency = Frequency.DAILY,
    *,
    digest_key: str = "utro",
    at: time = time(7, 0),
    zone: str = ALMATY,
    weekdays: tuple[int, ...] = (),
    month_day: int = 1,
) -> Timetable:
    """Return the timetable of readers who get a digest at seven in Almaty."""
    return Timetable(
        digest_key=digest_key,
        frequency=frequency,
        at=at,
        zone=zone,
        weekdays=weekdays,
        month_day=month_day,
    )


def a_rule(
    key: str = "utro",
    *,
    titles: Mapping[str, str] | None = None,
    frequency: Frequency = Frequency.DAILY,
    at: time = time(7, 0),
    weekdays: tuple[int, ...] = (),
    month_day: int = 1,
    frequencies: tuple[Frequency, ...] = (),
    rubrics: tuple[str, ...] = (),
    min_articles: int = 1,
    max_articles: int = 20,
    max_age: timedelta = timedelta(days=14),
    first_reach: timedelta = timedelta(days=1),
    max_lateness: timedelta = timedelta(hours=6),
    latest: int = 6,
    catch_up: CatchUp = CatchUp.LATEST,
) -> DigestRule:
    """Return a digest as an operator defines it."""
    return DigestRule(
        key=key,
        titles=titles or {"ru": "Утро", "kk": "Таң"},
        frequency=frequency,
        at=at,
        weekdays=weekdays,
        month_day=month_day,
        frequencies=frequencies,
        rubrics=rubrics,
        min_articles=min_articles,
        max_articles=max_articles,
        max_age=max_age,
        first_reach=first_reach,
        max_lateness=max_lateness,
        latest=latest,
        catch_up=catch_up,
    )


def a_choice(
    *,
    timetable: Timetable | None = None,
    chosen: tuple[str, ...] = (),
    excluded: tuple[str, ...] = (),
    language: str = "ru",
) -> Choice:
    """Return what a reader chose: the whole site in Russian, at seven."""
    return Choice(
        timetable=timetable or a_timetable(),
        selection=Selection(chosen, excluded),
        language=language,
    )


def a_consent(
    event: str = "given",
    *,
    at: datetime = MORNING,
    origin: str = "page",
    wording: str = "Я согласен получать рассылку «Утро».",
    digest_key: str = "",
) -> Consent:
    """Return why we may write to somebody."""
    return Consent(
        event=event, origin=origin, wording=wording, at=at, digest_key=digest_key
    )


def a_segment_text(
    *article_ids: int,
    content_key: str = "",
    language: str = "ru",
    is_compact: bool = False,
    selection_id: int = 1,
    subject: str = "Утро: мост и ещё 2 новости",
    dated: date = date(2026, 3, 2),
) -> SegmentText:
    """Return what some readers of an edition get, rendered."""
    listed = ", ".join(str(number) for number in article_ids)
    return SegmentText(
        content_key=content_key or f"{language} {is_compact} {selection_id} {listed}",
        language=language,
        is_compact=is_compact,
        selection_id=selection_id,
        subject=subject,
        pieces=(
            Piece(f"{dated:%d.%m.%Y}\n", f"<p>{dated:%d.%m.%Y}</p>"),
            Piece(f"{listed}\n", f"<p>{listed}</p>"),
        ),
        frame={"sender": "news@gazeta.example"},
        article_ids=article_ids,
    )
