"""The page of mail headers lists the fields of a digest and a letter, in order."""

from datetime import UTC, datetime, time

from publisher.digests.addressing import Addressing
from publisher.digests.letters import LetterPress
from publisher.model.content import Piece
from publisher.model.digest import DigestRule
from publisher.model.timetable import Frequency
from publisher.model.token import TokenKeys
from publisher.rendering.letterhead import Look, Site
from publisher.rendering.slots import slot
from publisher.store.due import DueDelivery
from publisher.store.letter_queue import LeasedLetter
from publisher.store.segments import SegmentText
from tests.docs.pages import REFERENCE, codes_in, rows_under
from tests.shipped import shipped_renderer

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LEAVE = slot("leave_url")


def test_the_page_lists_the_fields_of_a_digest_in_order() -> None:
    assert told("Fields of a digest") == written(a_digest())


def test_the_page_lists_the_fields_of_a_letter_in_order() -> None:
    assert told("Fields of a letter") == written(a_letter())


def told(heading: str) -> list[str]:
    rows = rows_under(REFERENCE / "mail-headers.md", heading)
    return [codes_in(row[0])[0] for row in rows]


def written(message: bytes) -> list[str]:
    head, _, _ = message.partition(b"\r\n\r\n")
    fields = [line for line in head.decode("ascii").split("\r\n") if line[0] != " "]
    return [field.partition(":")[0] for field in fields]


def the_addressing() -> Addressing:
    return Addressing(
        sender="news@utro.example",
        sender_names={"ru": "Степное утро"},
        reply_to="editors@utro.example",
        return_address="bounces@utro.example",
        domain="utro.example",
        feedback_id="stepnoe",
        base_url="https://feeds.utro.example",
        tokens=TokenKeys({1: b"not a secret at all"}, 1),
    )


def a_letter() -> bytes:
    press = LetterPress(
        renderer=shipped_renderer(),
        sites={"ru": Site(title="Степное утро", url="https://utro.example")},
        look=Look(),
        addressing=the_addressing(),
    )
    letter = LeasedLetter(
        id=7,
        fence=1,
        kind="preferences",
        email="reader@chitatel.example",
        language="ru",
        facts={"subscriber": 1},
        attempts=0,
        expires_at=NOON,
        message=None,
    )
    return press.compose(letter, NOON)


def a_digest() -> bytes:
    addressing = the_addressing()
    rule = DigestRule(
        key="utro", titles={"": "Утро"}, frequency=Frequency.DAILY, at=time(7)
    )
    text = SegmentText(
        content_key="x",
        language="ru",
        is_compact=False,
        selection_id=1,
        subject="Утро: каток открыт",
        pieces=(
            Piece("Каток открыт.\n", "<p>Каток открыт.</p>"),
            Piece(f"{LEAVE}\n", f'<p><a href="{LEAVE}">Отписаться</a></p>'),
        ),
        frame=addressing.frame(rule, "ru"),
        article_ids=(1,),
    )
    due = DueDelivery(
        id=7,
        segment_id=3,
        subscription_id=2,
        subscriber_id=1,
        email="reader@chitatel.example",
        attempts=0,
    )
    mail = addressing.mail_of(due.segment_id, text, "utro", 1, NOON)
    return mail.draft(due).signed_here()
