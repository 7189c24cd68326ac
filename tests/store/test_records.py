"""What is exported is what is erased: everything, and of one reader only."""

import csv
import io
import json
import zipfile
from datetime import timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from publisher.audience.exporting import Export
from publisher.model.delivery import DeliveryState
from publisher.store.erasing import ERASERS
from publisher.store.records import RECORDS, records_of
from publisher.store.schema.editions import segment
from tests.builders import MORNING
from tests.store.mailroom import Mailroom, a_verdict
from tests.store.newsroom import Newsroom

ANNA = "anna@reader.example"


def test_the_same_tables_are_exported_and_erased() -> None:
    assert set(RECORDS) == set(ERASERS)


def test_a_reader_is_told_everything_and_nothing_of_others(newsroom: Newsroom) -> None:
    mailroom = Mailroom(newsroom)
    newsroom.take()
    newsroom.join(ANNA)
    newsroom.join("bolat@reader.example")
    newsroom.clock.move_to(newsroom.timetable().next_due_at or MORNING)
    mailroom.plan(1)
    lease = mailroom.must_lease()
    hers, his = sorted(mailroom.due(lease), key=lambda due: due.email)
    mailroom.begin(lease, hers.id, his.id)
    mailroom.settle(a_verdict(hers.id), a_verdict(his.id, DeliveryState.FAILED))

    found = newsroom.store.query(records_of, ANNA)

    assert found is not None
    (sent,) = found["deliveries"]
    assert (sent["state"], sent["slot"]) == ("sent", "2026-03-02T07:00")
    assert sent["subject"] == newsroom.rows(segment)[0].subject
    (tried,) = found["attempts"]
    assert tried["delivery"] == sent["delivery"]
    (given_consent,) = found["consents"]
    assert given_consent["event"] == "given"
    assert str(given_consent["at"]).endswith("+00:00")
    assert "bolat" not in json.dumps(found)


def test_of_a_stranger_nothing_is_known(newsroom: Newsroom) -> None:
    newsroom.join(ANNA)
    newsroom.clock.move(timedelta(days=1))

    assert newsroom.store.query(records_of, "stranger@reader.example") is None


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
@example("=HYPERLINK(0)")
@example("@SUM(1)")
def test_a_table_holds_every_text_and_no_formula(text: str) -> None:
    export = Export(made_at="2026-03-02", records={"letters": [{"reason": text}]})

    with zipfile.ZipFile(io.BytesIO(export.as_zip())) as packed:
        table = packed.read("letters.csv").decode("utf-8-sig")

    (_, (cell,)) = csv.reader(io.StringIO(table, newline=""))
    assert cell in {text, f"'{text}"}
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert json.loads(export.as_json())["letters"] == [{"reason": text}]
