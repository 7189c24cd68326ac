"""A thousand scanners open every link of a mail and of the pages behind: no change.

And a mail provider that posts is answered fast: the times are printed.
"""

import random
import time

import pytest

from publisher.model.token import Purpose
from tests.web.client import BROWSER
from tests.web.page import Page
from tests.web.site import BASE_URL, TOKENS, Site

SCANS = 1000
PAIR = b"List-Unsubscribe=One-Click"
DISGUISES: tuple[dict[str, str], ...] = (
    {"accept": BROWSER, "sec-fetch-dest": "document"},
    {"accept": BROWSER, "sec-purpose": "prefetch;prerender", "purpose": "prefetch"},
    {"accept": "*/*", "user-agent": "Mozilla/5.0 (compatible; LinkScanner/1.0)"},
    {"accept": BROWSER, "x-moz": "prefetch", "cookie": "a=b", "referer": BASE_URL},
    {},
)
QUERIES = (
    "",
    "?do=leave&subscription=1",
    "?List-Unsubscribe=One-Click",
    "?do=pause",
    "?do=less&frequency=monthly",
    "?do=address&address=x@y.example",
    "?language=kk",
    "?done=left&digest=1",
)


@pytest.mark.slow
async def test_a_thousand_scans_change_nothing(site: Site) -> None:
    chance = random.Random(8058)
    joined = site.join()
    left = site.join("bolat@reader.example")
    site.parts.membership.leave(left.id, origin="leave page")
    sign = TOKENS.sign
    known = [
        path
        for one in (joined, left)
        for path in (
            site.leave_path(one),
            site.preferences_path(one),
            site.return_path(one),
            f"/u/{sign(Purpose.LEAVE_ALL, one.subscriber_id)}",
            f"/address/{sign(Purpose.ADDRESS, 2)}",
        )
    ]
    known.append("/preferences")
    before = site.newsroom.everything()

    seen = set()
    for _ in range(SCANS):
        path = chance.choice(known)
        method = chance.choice(("GET", "GET", "HEAD", "OPTIONS"))
        query = "" if "?" in path else chance.choice(QUERIES)
        headers = chance.choice(DISGUISES)
        answer = await site.client.ask(method, path + query, headers)
        assert answer.status in {200, 204, 307, 404, 405, 410}
        assert "set-cookie" not in answer
        seen.add((method, path.split("/")[1]))
        if method == "GET" and answer.body.startswith(b"<!DOCTYPE"):
            page = Page.of(answer)
            found = [*page.links().values()]
            found += [str(f.get("action")) for f in page.root.iter("form")]
            own = [f for f in found if f.startswith("/") and f not in known]
            known += own[: max(0, 200 - len(known))]

    assert site.newsroom.everything() == before
    for stem in ("u", "preferences", "return"):
        assert {("GET", stem), ("HEAD", stem), ("OPTIONS", stem)} <= seen


@pytest.mark.slow
async def test_leaving_is_answered_within_200_milliseconds(site: Site) -> None:
    joined = [site.join(f"reader{number}@reader.example") for number in range(500)]
    paths = [site.leave_path(one) for one in joined]
    client, spans = site.client, []

    for path in [*paths, *paths]:
        started = time.perf_counter()
        answer = await client.post(path, PAIR)
        spans.append(time.perf_counter() - started)
        assert answer.status == 200

    spans.sort()
    half, most = spans[len(spans) // 2], spans[len(spans) * 99 // 100]
    print(f"leaving: p50 {half * 1000:.1f} ms, p99 {most * 1000:.1f} ms")  # noqa: T201
    assert most < 0.2
    assert not any(site.subscription(one.id).is_active for one in joined)
