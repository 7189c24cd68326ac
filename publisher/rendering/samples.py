"""A made-up digest in any language, with one of everything a template may meet.

Templates are tried on it before they are used, and operators can look at it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from publisher.model.article import Article, Byline, Link, Picture
from publisher.model.content import DigestContent, Section

__all__ = ["sample_digest"]

SITE = "https://newspaper.example"
DATED = datetime(2025, 4, 28, 3, 40, tzinfo=UTC)
SIZE = (1200, 675)


@dataclass(frozen=True, slots=True)
class Texts:
    """What a sample says in one language."""

    digest: str
    rubrics: tuple[str, str]
    titles: tuple[str, str, str, str]
    lead: str
    byline: str
    caption: str
    credit: str


RUSSIAN = Texts(
    digest="Утренний выпуск",
    rubrics=("Город", "Культура"),
    titles=(
        "Мост через реку открыли на два месяца раньше срока",
        "Школьники собрали метеостанцию из старых телефонов",
        "«Как слышит степь»: оркестр сыграл под открытым небом",
        "Каток у реки работает с десяти утра",
    ),
    lead="Левый берег ждал этого семь лет: теперь дорога занимает двенадцать минут.",
    byline="Айгуль Сатпаева",
    caption="Первый автобус прошёл по мосту на рассвете.",
    credit="Асель Тлеубаева",
)
KAZAKH = Texts(
    digest="Таңғы шығарылым",
    rubrics=("Қала", "Мәдениет"),
    titles=(
        "Өзен үстіндегі көпір мерзімінен екі ай бұрын ашылды",
        "Оқушылар ескі телефондардан ауа райы бекетін құрастырды",
        "«Дала қалай тыңдайды»: оркестр ашық аспан астында ойнады",
        "Өзен жағасындағы мұз айдыны таңғы оннан жұмыс істейді",
    ),
    lead="Сол жағалау мұны жеті жыл күтті: енді жол он екі минут алады.",
    byline="Айгүл Сәтбаева",
    caption="Алғашқы автобус көпірден таң ата өтті.",
    credit="Әсел Тілеубаева",
)
ENGLISH = Texts(
    digest="Morning edition",
    rubrics=("Town", "Culture"),
    titles=(
        "The bridge opens two months ahead of time",
        "Pupils build a weather station from old telephones",
        "“How the steppe listens”: an orchestra plays in the open",
        "The rink by the river opens at ten",
    ),
    lead="The left bank waited seven years: the way now takes twelve minutes.",
    byline="Aigul Satpayeva",
    caption="The first bus crossed at dawn.",
    credit="Asel Tleubayeva",
)
TEXTS = {"ru": RUSSIAN, "kk": KAZAKH, "en": ENGLISH}


def sample_digest(language: str) -> DigestContent:
    """Return a digest in a language; the texts are English where we have none in it."""
    texts = TEXTS.get(language.partition("-")[0], ENGLISH)
    large, plain, bare, late = (
        _article(number, texts, language) for number in range(len(texts.titles))
    )
    return DigestContent(
        digest_key="sample",
        title=texts.digest,
        language=language,
        dated=DATED.date(),
        sections=(
            Section(
                rubric_key="town",
                name=texts.rubrics[0],
                url=f"{SITE}/town",
                articles=(large, plain),
            ),
            Section(
                rubric_key="culture", name=texts.rubrics[1], url="", articles=(bare,)
            ),
        ),
        latest=(large, late),
        more_count=3,
        more_url=f"{SITE}/all",
    )


def _article(number: int, texts: Texts, language: str) -> Article:
    """Return the article with a number; the later, the less it has."""
    has_picture, has_lead = number < 2, number < 3  # noqa: PLR2004 (the first ones)
    at = DATED - timedelta(hours=number)
    return Article(
        id=number + 1,
        uid=f"tag:newspaper.example,2025:{number}",
        revision=1,
        entry_version=1,
        language=language,
        url=f"{SITE}/{number}",
        title=texts.titles[number],
        lead=texts.lead if has_lead else "",
        body_html="",
        rubric_keys=("town",),
        published_at=at,
        updated_at=at,
        bylines=(Byline(texts.byline),) if has_lead else (),
        picture=Picture(
            url=f"{SITE}/{number}.jpg",
            caption=texts.caption,
            credit=texts.credit,
            width=SIZE[0],
            height=SIZE[1],
        )
        if has_picture
        else None,
        related=(Link(f"{SITE}/3", texts.titles[3], language),) if number == 0 else (),
    )
