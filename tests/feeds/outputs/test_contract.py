"""Every output shows whole documents, one process at a time, and knows itself again."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest
from typing_extensions import override

from publisher.feeds.outputs.bucket import Bucket
from publisher.feeds.outputs.folder import FolderOutput
from publisher.feeds.outputs.output import Output, OutputError
from publisher.feeds.outputs.s3 import S3Output
from tests.feeds.outputs.copies import NOON, PATH, a_copy, dates, shown, shown_in_brotli
from tests.feeds.outputs.storage import Storage, running_storage


class Kind(Protocol):
    """A place of one kind of output, and what its readers see."""

    def open(self) -> Output: ...

    def elsewhere(self) -> Output: ...

    def shown(self) -> dict[str, str]: ...


class Folder(Kind):
    """A folder, whose readers get one of two files."""

    def __init__(self, tmp_path: Path) -> None:
        self._place = tmp_path / "static"

    @override
    def open(self) -> Output:
        return FolderOutput("static", self._place)

    @override
    def elsewhere(self) -> Output:
        return FolderOutput("static", self._place.with_name("elsewhere"))

    @override
    def shown(self) -> dict[str, str]:
        found = shown(self._place)
        assert all(plain == packed for plain, packed in found.values())
        texts = {path: plain for path, (plain, _) in found.items()}
        assert shown_in_brotli(self._place) == texts
        return texts


class Objects(Kind):
    """A bucket, asked without credentials."""

    def __init__(self, storage: Storage, *, is_packed: bool) -> None:
        self._storage = storage
        self._is_packed = is_packed

    @override
    def open(self) -> Output:
        bucket = Bucket(self._storage.place)
        return S3Output("static", bucket, is_packed=self._is_packed)

    @override
    def elsewhere(self) -> Output:
        place = self._storage.below(f"{self._storage.place.prefix}-elsewhere").place
        return S3Output("static", Bucket(place))

    @override
    def shown(self) -> dict[str, str]:
        return self._storage.shown()


@pytest.fixture(scope="module")
def storage() -> Iterator[Storage]:
    with running_storage() as running:
        yield running


@pytest.fixture(
    params=[
        "folder",
        pytest.param("bucket", marks=pytest.mark.slow),
        pytest.param("packed bucket", marks=pytest.mark.slow),
    ]
)
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Kind:
    """Return each kind of output in turn; add new kinds here."""
    if request.param == "folder":
        return Folder(tmp_path)
    running: Storage = request.getfixturevalue("storage")
    place = running.below(tmp_path.name)
    return Objects(place, is_packed=request.param == "packed bucket")


def test_a_document_is_shown_as_it_is(kind: Kind) -> None:
    output = kind.open()

    with output.claim() as is_mine:
        output.put(a_copy("Мост открыт"))

    assert is_mine
    assert kind.shown() == {PATH: "Мост открыт"}


def test_a_new_state_takes_the_place_of_the_old_one(kind: Kind) -> None:
    output = kind.open()

    with output.claim():
        output.put(a_copy("Мост строят"))
        output.put(a_copy("Мост открыт", at=NOON + timedelta(hours=1)))

    assert kind.shown() == {PATH: "Мост открыт"}


def test_what_is_removed_is_not_shown_and_can_be_removed_again(kind: Kind) -> None:
    output = kind.open()
    other = "feeds/sport/futbol.kk.json"

    with output.claim():
        output.put(a_copy())
        output.put(a_copy("Футбол", path=other))
        output.remove(PATH)
        output.remove(PATH)
        output.remove("feeds/never/was.rss")

    assert kind.shown() == {other: "Футбол"}


def test_a_claim_is_refused_while_somebody_else_has_the_output(kind: Kind) -> None:
    mine, other = kind.open(), kind.open()

    with mine.claim() as is_mine, other.claim() as is_others:
        assert (is_mine, is_others) == (True, False)
    with other.claim() as is_others:
        assert is_others


def test_an_output_is_known_again_by_its_key(kind: Kind) -> None:
    first, again, elsewhere = kind.open(), kind.open(), kind.elsewhere()
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
        "feeds/novosti.rss.br",
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
def test_no_path_leads_out_of_an_output_or_hides_in_it(kind: Kind, path: str) -> None:
    output = kind.open()

    with output.claim():
        output.put(a_copy())
        with pytest.raises(OutputError, match="is no path for an output"):
            output.put(a_copy("Чужое", path=path))
        with pytest.raises(OutputError, match="is no path for an output"):
            output.remove(path)

    assert kind.shown() == {PATH: "Мост открыт"}


def test_two_outputs_given_the_same_are_equal_to_the_byte(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        output = FolderOutput("static", folder)
        with output.claim():
            output.put(a_copy())

    one, two = ({f.name: f.read_bytes() for f in d.glob("feeds/*")} for d in folders)
    assert one == two
    assert dates(folders[0]) == dates(folders[1]) == [NOON] * 3
