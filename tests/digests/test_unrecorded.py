"""What a message waits for before it begins: what was told until then."""

import asyncio

from publisher.digests.unrecorded import Unrecorded


async def test_what_either_queue_was_told_before_is_waited_for() -> None:
    letters, digests = Unrecorded(), Unrecorded()
    told = [letters.expect(), digests.expect()]
    waiting = asyncio.ensure_future(letters.recorded(digests))

    for record in told:
        await asyncio.sleep(0)
        assert not waiting.done()
        record.set_result(None)

    await asyncio.wait_for(waiting, 1)


async def test_what_another_queue_is_told_meanwhile_is_not_waited_for() -> None:
    letters, digests = Unrecorded(), Unrecorded()
    before = letters.expect()
    waiting = asyncio.ensure_future(letters.recorded(digests))
    await asyncio.sleep(0)
    digests.expect()

    before.set_result(None)

    await asyncio.wait_for(waiting, 1)
