"""The page of mail headers lists the fields of a digest, in their order."""

from datetime import UTC, datetime, time

from publisher.digests.addressing import Addressing
from publisher.model.content import Piece
from publisher.model.digest import DigestRule
from publisher.model.timetable import Frequency
from publisher.model.token import TokenKeys
from publisher.rendering.slots import slot
from publisher.store.leases import DueDelivery
from publisher.store.segments import SegmentText
from tests.docs.pages import REFERENCE, codes_in, rows_under

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LEAVE = slot("leave_url")


def test_the_page_lists_the_fields_of_a_digest_in_order() -> None:
    rows = rows_under(REFERENCE / "mail-headers.md", "Fields of a digest")
    told = [codes_in(row[0])[0] for row in rows]

    head, _, _ = a_digest().partition(b"\r\n\r\n")
    fields = [line for line in head.decode("ascii").split("\r\n") if line[0] != " "]
    written = [field.partition(":")[0] for field in fields]

    assert told == written


def a_digest() -> bytes:
    addressing = Addressing(
        sender="news@utro.example",
        sender_names={"ru": "Степное утро"},
        reply_to="editors@utro.example",
        return_address="bounces@utro.example",
        domain="utro.example",
        feedback_id="stepnoe",
        base_url="https://feeds.utro.example",
        tokens=TokenKeys({1: b"not a secret at all"}, 1),
    )
    rule = DigestRule(
        key="utro", titles={"": "Утро"}, frequency=Frequency.DAILY, at=time(7)
    )
    text = SegmentText(
        content_key="x",
        language="ru",
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
    compiled = addressing.compile(text, "utro", 1, NOON)
    return compiled.for_reader(addressing.personal(due, text))
