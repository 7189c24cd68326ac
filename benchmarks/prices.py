"""What each part of the path of a message costs, one after the other in one process.

In CPU time of this process and of PostgreSQL: what else the machine does at the time
makes either wait, and costs neither much.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from benchmarks.measure import Ratio
from benchmarks.processes import cpu_seconds, family, postmaster
from publisher.config import load_config
from publisher.digests.addressing import Addressing
from publisher.digests.pacing import Grant
from publisher.model.delivery import DeliveryState
from publisher.model.reply import Kind, Outcome, Phase
from publisher.service import Service, open_service
from publisher.store import leases
from publisher.store.due import DueDelivery, due_deliveries
from publisher.store.exchange import Done, exchange
from publisher.store.leases import Lease
from publisher.store.ledger import Asked
from publisher.store.segment_texts import load_segments
from publisher.store.verdict import Verdict

__all__ = ["prices"]

CHUNKS = 3
"""The best of so many: the first one also compiles its statements."""
GROUP = 50
"""Messages that share a commit, as they do with so many connections."""
SENT = Outcome(kind=Kind.SENT, phase=Phase.DOT, code=250, text="queued")


def prices(planned: tuple[Path, str], signature_us: float) -> list[Ratio]:
    """Return microseconds of CPU for a message beside a signature's."""
    file, _ = planned
    service = open_service(load_config(file, {}), file.parent)
    try:
        with asyncio.Runner() as asking:
            spent = _chunk(service, asking)
            for _ in range(CHUNKS - 1):
                again = _chunk(service, asking)
                spent = {name: min(us, again[name]) for name, us in spent.items()}
    finally:
        service.close()
    return [Ratio(f"- {name}", "rsa", us, signature_us) for name, us in spent.items()]


def _chunk(service: Service, asking: asyncio.Runner) -> dict[str, float]:
    """Do everything but the sending for the messages of a chunk."""
    store, now = service.store, service.clock.now()
    spent: dict[str, float] = {}

    database = family(store.query(postmaster))

    def used() -> float:
        return time.process_time() + cpu_seconds(database)

    def timed(name: str, act: Callable[[], object]) -> None:
        begun = used()
        act()
        spent[name] = spent.get(name, 0.0) + used() - begun

    begun = used()
    lease = store.transact(leases.lease_chunk, now, now + timedelta(minutes=5))
    assert lease is not None
    due = store.query(due_deliveries, lease, now)
    spent["lease of the chunk, and who is due"] = used() - begun
    signing, plain = _finishers(service, lease, due)
    timed("splice", lambda: [plain(each) for each in due])
    timed("splice and signature", lambda: [signing(each) for each in due])
    spent["pace"] = asking.run(_pass(service, due))
    sent: list[DueDelivery] = []
    for start in range(0, len(due) + GROUP, GROUP):
        group = due[start : start + GROUP]
        asked = [
            Asked(each.id, each.segment_id, each.attempts, lease) for each in group
        ]
        verdicts = [_sent(each) for each in sent]
        done: list[Done] = []
        timed(
            "ledger: begun and settled, durably",
            lambda: done.append(  # noqa: B023
                asking.run(exchange(store, verdicts, asked, now))  # noqa: B023
            ),
        )
        assert done[0].begun == {each.id for each in group}
        assert done[0].settled == {each.id for each in sent}
        sent = group
    timed(
        "chunk given back",
        lambda: store.transact(leases.release_chunk, lease),
    )
    return {name: seconds / len(due) * 1e6 for name, seconds in spent.items()}


def _finishers(
    service: Service, lease: Lease, due: list[DueDelivery]
) -> tuple[Callable[[DueDelivery], bytes], Callable[[DueDelivery], bytes]]:
    """Return what finishes a message, signed and unsigned."""
    texts = service.store.query(load_segments, {each.segment_id for each in due}, {})

    def finisher(addressing: Addressing) -> Callable[[DueDelivery], bytes]:
        mails = {
            number: addressing.mail_of(
                number, text, lease.digest_key, lease.edition_id, lease.composed_at
            )
            for number, text in texts.items()
        }
        return lambda each: mails[each.segment_id].draft(each).signed_here()

    signing = finisher(service.sender().outlet.addressing)
    plain = finisher(service.addressing)
    size = len(signing(due[0]))
    print(f"delivery: a message has {size / 1000:.0f} KB")
    return signing, plain


async def _pass(service: Service, due: list[DueDelivery]) -> float:
    """Return what it takes to ask leave for every message, and to report it.

    The gates themselves are asked once a second, which the first message does here.
    """
    pace = service.sender().outlet.pace
    await pace.learn({each.email for each in due})

    async def ask(each: DueDelivery) -> None:
        grant = await pace.grant(pace.provider_of(each.email))
        assert isinstance(grant, Grant)
        pace.report(grant, SENT)

    await ask(due[0])
    begun = time.process_time()
    for each in due:
        await ask(each)
    taken = time.process_time() - begun
    await pace.close()
    return taken


def _sent(each: DueDelivery) -> Verdict:
    return Verdict(
        delivery_id=each.id,
        number=each.attempts + 1,
        state=DeliveryState.SENT,
        reason="",
        retry_at=None,
        outcome=SENT.kind.value,
        phase=SENT.phase.value,
        code=SENT.code,
        reply=SENT.text,
        has_begun=True,
        may_recall=False,
    )
