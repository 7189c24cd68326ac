"""A line of a file that no database takes as it is steps aside, alone (law 19)."""

import json
import time
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from publisher.clock import SteppedClock
from publisher.sources.intake import Intake, IntakeReport
from publisher.store import Store
from publisher.store.sources import list_set_aside
from tests.sources.watched import WatchedFolder
from tests.store.newsroom import Newsroom

GOOD = {"id": "a", "title": "Мост", "published": "2026-03-02", "body_html": "Да."}
HALF = "\ud800"
"""Half of a surrogate pair, as programs write that cut a text in the middle."""
SAID = {"author": "Айгуль", "text": "Да!", "published": "2026-03-02"}


def a_line(**more: object) -> str:
    return json.dumps({**GOOD, "id": "odd", **more})


def an_intake(store: Store, clock: SteppedClock, watched: WatchedFolder) -> Intake:
    return Intake(
        source=watched.source,
        store=store,
        clock=clock,
        tree=Newsroom(store, clock).tree,
        languages=("ru", "kk"),
        authority="gazeta.example",
        since=date(2026, 1, 1),
    )


@pytest.mark.parametrize(
    ("line", "report"),
    [
        (a_line(rubrics=["none"], body_html=HALF), IntakeReport(new=1, set_aside=1)),
        (a_line(published=HALF), IntakeReport(new=1, set_aside=1)),
        ('{"\\ud800": 1, "\\ud800": 2}', IntakeReport(new=1, set_aside=1)),
        (a_line(comments=[{"id": HALF}]), IntakeReport(new=2, set_aside=1)),
        (a_line(comments=[{**SAID, "id": HALF}]), IntakeReport(new=2, set_aside=1)),
        (
            a_line(comments=[{**SAID, "id": 1, "author": HALF}]),
            IntakeReport(new=2, set_aside=1),
        ),
        (a_line(comments={"count": 10**11}), IntakeReport(new=2)),
        (a_line(comments={"url": "http://["}), IntakeReport(new=2)),
        (
            a_line(comments=[{**SAID, "id": 1, "url": "//["}]),
            IntakeReport(new=2, set_aside=1),
        ),
        (a_line(body_html="<a href='//[адрес]'>Да</a>"), IntakeReport(new=2)),
        (a_line(body_html="<p>Да<img src='//a]'>"), IntakeReport(new=2)),
        (a_line(url="//["), IntakeReport(new=1, set_aside=1)),
    ],
)
def test_a_line_that_no_database_takes_keeps_no_other_from_coming_in(
    store: Store, clock: SteppedClock, tmp_path: Path, line: str, report: IntakeReport
) -> None:
    watched = WatchedFolder(tmp_path)
    watched.write("a.jsonl", f"{line}\n{json.dumps(GOOD)}\n")
    intake = an_intake(store, clock, watched)

    found = intake.look()

    assert found == report
    assert len(store.query(list_set_aside, 9)) == report.set_aside
    assert intake.look() == IntakeReport()


def test_a_name_that_stands_twice_among_many_is_found_in_a_moment(
    store: Store, clock: SteppedClock, tmp_path: Path
) -> None:
    names = ",".join(f'"n{number}":1' for number in range(60_000))
    watched = WatchedFolder(tmp_path)
    watched.write("a.jsonl", f'{{{names},"id":1,"id":2}}\n')
    begun = time.monotonic()

    assert an_intake(store, clock, watched).look() == IntakeReport(set_aside=1)
    assert time.monotonic() - begun < 5


def test_a_few_lines_that_stand_for_millions_are_refused_in_a_moment(
    store: Store, clock: SteppedClock, tmp_path: Path
) -> None:
    names = "abcdefg"
    lines = [f"{b}: &{b} [{f'*{a}, ' * 9}]" for a, b in pairwise(names)]
    head = "\n".join(["title: Да", "a: &a [x]", *lines, "comments: *g"])
    watched = WatchedFolder(tmp_path)
    watched.write("a.md", f"---\n{head}\n---\n")
    begun = time.monotonic()

    assert an_intake(store, clock, watched).look() == IntakeReport(set_aside=1)
    assert time.monotonic() - begun < 1
