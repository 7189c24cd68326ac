"""An id is a tag: URI of whoever held the name at the time, and tells nothing else."""

import re
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from publisher.model.identity import feed_uid, mint_uid
from tests.effort import effort

SINCE = date(2025, 1, 1)
TAG = re.compile(r"tag:gazeta\.example,2025-01-01:article:[0-9a-f]{20}")
NAMES = st.text(min_size=1, max_size=20)


@effort(100)
@given(source=NAMES, source_id=NAMES)
def test_an_article_s_id_is_a_tag_uri_whatever_its_source_calls_it(
    source: str, source_id: str
) -> None:
    assert TAG.fullmatch(mint_uid("gazeta.example", SINCE, source, source_id))


def test_the_same_article_has_the_same_id_and_others_have_others() -> None:
    def minted(source: str, source_id: str) -> str:
        return mint_uid("gazeta.example", SINCE, source, source_id)

    assert minted("gazeta", "7") == minted("gazeta", "7")
    assert len({minted("gazeta", "7"), minted("gazeta", "8"), minted("a", "7")}) == 3


def test_a_feed_s_id_follows_its_key() -> None:
    assert [feed_uid("gazeta.example", SINCE, key) for key in ("", "politika.ru")] == [
        "tag:gazeta.example,2025-01-01:feed:site",
        "tag:gazeta.example,2025-01-01:feed:politika.ru",
    ]
