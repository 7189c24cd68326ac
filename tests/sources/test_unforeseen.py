"""What nobody thought of in an article stops no other (law 19)."""

import io
from pathlib import Path

import pytest
from typing_extensions import override

from publisher.errors import ArticleError
from publisher.model.article import IncomingArticle
from publisher.sources.article_file import ArticleFiles
from publisher.sources.local_pictures import LocalPicture, LocalPictures
from publisher.sources.record import UnreadableError
from publisher.sources.refusing import unforeseen
from publisher.sources.source import Refusal
from tests.builders import MORNING
from tests.sources.watched import DEFAULTS


class Broken(LocalPictures):
    """Fails in a way that no caller expects."""

    @override
    def find(self, written: str, beside: str) -> LocalPicture | None:
        raise KeyError(written)


@pytest.mark.parametrize("ending", ["md", "json", "jsonl"])
def test_a_record_that_cannot_be_read_is_refused_alone(
    tmp_path: Path, ending: str
) -> None:
    files = ArticleFiles(DEFAULTS, Broken(tmp_path, "/pictures"))
    odd, good = (
        f'{{"id": "{key}", "title": "Мост", "published": "2026-03-02",'
        f' "body_html": "Да."{picture}}}'
        for key, picture in (("odd", ', "picture": "b.jpg"'), ("good", ""))
    )
    texts = {
        "md": "---\ntitle: Мост\npublished: 2026-03-02\n---\n![](b.jpg)\n",
        "json": f"[{odd}, {good}]",
        "jsonl": f"{odd}\n{good}\n",
    }
    file = io.BytesIO(texts[ending].encode())

    found = list(files.read(f"a.{ending}", file, MORNING))

    refused = [each for each in found if isinstance(each, Refusal)]
    assert [refusal.where for refusal in refused] == [f"a.{ending}:1"]
    assert "the service failed on it (KeyError)" in refused[0].reason
    kept = [each.source_id for each in found if isinstance(each, IncomingArticle)]
    assert kept == ([] if ending == "md" else ["good"])


@pytest.mark.parametrize(
    "error",
    [ArticleError("no"), UnreadableError(1, "no"), OSError("no"), MemoryError("no")],
)
def test_a_refusal_and_trouble_of_the_machine_stay_what_they_are(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(type(error), match=r"^no$"), unforeseen("a.md"):
        raise error

    assert caplog.text == ""
