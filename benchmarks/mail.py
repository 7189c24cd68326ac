"""A reader's own message from a compiled digest, against composing it anew."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from random import Random
from zoneinfo import ZoneInfo

from benchmarks.feeds import TREE, made_up_articles
from benchmarks.measure import Ratio, interleaved
from publisher.mail.headers import Mailbox
from publisher.mail.message import Composition, Personal, Press, Stream, compile_message
from publisher.model.content import DigestContent, Piece, group_by_rubric
from publisher.rendering.digest import Personal as Slots
from publisher.rendering.digest import Site, render_digest
from publisher.rendering.slots import CLOSE, OPEN
from publisher.rendering.templates import RenderedMessage, Renderer

__all__ = ["run"]

ARTICLES, CARDS = 10, 40
COMPOSED_AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Almaty")
SITE = Site(title="Газета", url="https://gazeta.example")
READER = Personal(
    key="100001-7",
    address="reader100001@reader.example",
    preferences_url="https://news.gazeta.example/preferences/" + "p" * 32,
    leave_url="https://news.gazeta.example/u/" + "l" * 32,
)


def a_digest() -> DigestContent:
    """Return a digest of ten articles with pictures and leads."""
    articles = made_up_articles(ARTICLES)
    chosen = frozenset(rubric.key for rubric in TREE)
    return DigestContent(
        digest_key="utro",
        title="Утренний выпуск",
        language="ru",
        dated=date(2026, 3, 2),
        sections=group_by_rubric(articles, TREE, chosen, "ru", SITE.url),
        latest=tuple(articles[:5]),
        more_count=3,
        more_url=f"{SITE.url}/ru/",
    )


def composition(message: RenderedMessage) -> Composition:
    """Return what all readers of a segment share."""
    return Composition(
        subject=message.subject,
        text=message.text,
        html=message.html,
        language="ru",
        dated_at=COMPOSED_AT,
        sender=Mailbox("Газета", "news@gazeta.example"),
        reply_to=None,
        message_id_domain="gazeta.example",
        message_id_secret=b"k" * 32,
        stream=Stream(
            key="utro",
            title="Утренний выпуск",
            list_id="utro.gazeta.example",
            edition="1",
            sender_id="gazeta",
        ),
    )


def composed_anew(renderer: Renderer, content: DigestContent) -> bytes:
    """Render and write a message the way most mailers do, once for every reader."""
    rendered = render_digest(
        renderer,
        content,
        site=SITE,
        zone=ZONE,
        personal=Slots(
            preferences_url=READER.preferences_url,
            leave_url=READER.leave_url,
            address=READER.address,
        ),
    )
    message = EmailMessage()
    message["From"] = "Газета <news@gazeta.example>"
    message["To"] = READER.address
    message["Subject"] = rendered.subject
    message["Date"] = format_datetime(COMPOSED_AT + timedelta(0))
    message["Message-ID"] = make_msgid(domain="gazeta.example")
    message["List-Unsubscribe"] = f"<{READER.leave_url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(rendered.text)
    message.add_alternative(rendered.html, subtype="html")
    return message.as_bytes()


def own_lists() -> Callable[[], bytes]:
    """Return what makes one message after the other, each of other articles.

    Fragments are encoded once for an article, and joined for the reader.
    """
    cards = [
        Piece(
            f"Заголовок {number}\r\n" + "Коротко о том, что случилось. " * 9 + "\r\n",
            f"<h2>Заголовок {number}</h2><p>" + "Коротко о том, что случилось. " * 26,
        )
        for number in range(CARDS)
    ]
    leave = f"{OPEN}leave_url{CLOSE}"
    tail = Piece(f"Отписаться: {leave}\n", f'<a href="{leave}">Отписаться</a>\n')
    message = RenderedMessage(subject="Утро", text=tail.text, html=tail.html)
    heading, press, chance = composition(message), Press(), Random(1)

    def one() -> bytes:
        chosen = chance.sample(cards, ARTICLES)
        key = str(chance.random())
        joined = press.join(heading, heading.subject, [*chosen, tail], key=key)
        return joined.for_reader(READER)

    return one


def run() -> list[Ratio]:
    """Measure a message per reader, and what is done once per segment."""
    renderer, content = Renderer(), a_digest()
    rendered = render_digest(renderer, content, site=SITE, zone=ZONE)
    compiled = compile_message(composition(rendered))
    message = compiled.for_reader(READER)
    own = own_lists()
    assert message == compiled.for_reader(READER)
    assert READER.address.encode() in message
    took = interleaved(
        {
            "anew": lambda: composed_anew(renderer, content),
            f"{len(message) // 1000} KB for one reader": lambda: compiled.for_reader(
                READER
            ),
            f"{len(own()) // 1000} KB, a list of articles for one reader": own,
            "compiling it, once per segment": lambda: compile_message(
                composition(rendered)
            ),
            "rendering it, once per segment": lambda: render_digest(
                renderer, content, site=SITE, zone=ZONE
            ),
        },
        rounds=7,
    )
    anew = took.pop("anew")
    return [
        Ratio(
            name,
            "rendered and written anew",
            us,
            anew,
            0.005 if "reader" in name else None,
        )
        for name, us in took.items()
    ]
