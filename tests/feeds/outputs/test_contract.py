"""Every output shows whole documents, one process at a time, and knows itself again."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.feeds.outputs.folder import FolderOutput
from publisher.feeds.outputs.output import Output, OutputError
from tests.feeds.outputs.copies import NOON, PATH, a_copy, dates, shown


class Folder:
    """A folder as an output, and what its readers see."""

    def __init__(self, tmp_path: Path) -> None:
        self.place = tmp_path / "static"

    def open(self) -> Output:
        return FolderOutput("static", self.place)

    def shown(self) -> dict[str, tuple[str, str]]:
        return shown(self.place)


@pytest.fixture(params=[Folder])
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    """Return each kind of output in turn; add new kinds here."""
    make: Callable[[Path], Folder] = request.param
    return make(tmp_path)


def test_a_document_is_shown_in_both_encodings(kind: Folder) -> None:
    output = kind.open()

    with output.claim() as is_mine:
        output.put(a_copy("Мост открыт"))

    assert is_mine
    assert kind.shown() == {PATH: ("Мост открыт", "Мост открыт")}


def test_a_new_state_takes_the_place_of_the_old_one(kind: Folder) -> None:
    output = kind.open()

    with output.claim():
        output.put(a_copy("Мост строят"))
        output.put(a_copy("Мост открыт", at=NOON + timedelta(hours=1)))

    assert kind.shown() == {PATH: ("Мост открыт", "Мост открыт")}


def test_what_is_removed_is_not_shown_and_can_be_removed_again(kind: Folder) -> None:
    output = kind.open()
    other = "feeds/sport/futbol.kk.json"

    with output.claim():
        output.put(a_copy())
        output.put(a_copy("Футбол", path=other))
        output.remove(PATH)
        output.remove(PATH)
        output.remove("feeds/never/was.rss")

    assert kind.shown() == {other: ("Футбол", "Футбол")}


def test_a_claim_is_refused_while_somebody_else_has_the_output(kind: Folder) -> None:
    mine, other = kind.open(), kind.open()

    with mine.claim() as is_mine, other.claim() as is_others:
        assert (is_mine, is_others) == (True, False)
    with other.claim() as is_others:
        assert is_others


def test_an_output_is_known_again_by_its_key(kind: Folder, tmp_path: Path) -> None:
    first, again = kind.open(), kind.open()
    elsewhere = type(kind)(tmp_path / "elsewhere").open()
    for output in (first, again, elsewhere):
        with output.claim():
            pass

    assert first.key() == again.key()
    assert first.key() != elsewhere.key()


@pytest.mark.parametrize(
    "path",
    [
        "../novosti.rss",
        "feeds/../../novosti.rss",
        "/etc/novosti.rss",
        "feeds//novosti.rss",
        "feeds/./novosti.rss",
        "feeds/.novosti.rss",
        "feeds/novosti.rss/",
        "feeds/novosti.rss.gz",
        "feeds\\novosti.rss",
        "feeds/%2e%2e/novosti.rss",
        "feeds/новости.rss",
        "feeds/novosti.rss\n",
        "feeds/novo\0sti.rss",
        "-feeds/novosti.rss",
        f"feeds/{'a' * 201}.rss",
        "",
    ],
)
def test_no_path_leads_out_of_an_output_or_hides_in_it(kind: Folder, path: str) -> None:
    output = kind.open()

    with output.claim():
        output.put(a_copy())
        with pytest.raises(OutputError, match="is no path for an output"):
            output.put(a_copy("Чужое", path=path))
        with pytest.raises(OutputError, match="is no path for an output"):
            output.remove(path)

    assert kind.shown() == {PATH: ("Мост открыт", "Мост открыт")}


def test_two_outputs_given_the_same_are_equal_to_the_byte(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        output = FolderOutput("static", folder)
        with output.claim():
            output.put(a_copy())

    one, two = ({f.name: f.read_bytes() for f in d.glob("feeds/*")} for d in folders)
    assert one == two
    assert dates(folders[0]) == dates(folders[1]) == [NOON, NOON]
