"""Who may send now, over which relay, and why the others wait."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

import pytest

from publisher.clock import Clock, SteppedClock, SystemClock
from publisher.digests.limits import Limits, PaceRules, RelayRules
from publisher.digests.pacing import Grant, Wait
from publisher.digests.shared_pace import SharedPace
from publisher.model.gate import Order, Terms
from publisher.model.pace import parse_rate
from publisher.model.reply import Kind, Outcome, Phase
from publisher.store import Store, pace, places
from tests.builders import MORNING

SECOND = timedelta(seconds=1)
SENT = Outcome(kind=Kind.SENT, phase=Phase.DOT, code=250)
REFUSED_CONNECTION = Outcome(
    kind=Kind.RETRY, phase=Phase.CONNECT, text="refused", ends_connection=True
)
BLOCKED = Outcome(kind=Kind.CONTENT, phase=Phase.DOT, code=550, status="5.7.1")
SLOW_DOWN = Outcome(kind=Kind.RETRY, phase=Phase.DOT, code=421, status="4.7.0")
REACTS = Limits(terms=Terms(backs_off=True, breaks=True))


class ByDomain:
    """Takes the domain for the group."""

    def group_of(self, address: str) -> str:
        return address.rpartition("@")[2]

    async def learn(self, addresses: Iterable[str]) -> None:
        """Nothing to learn."""


class Process:
    """A process that sends: its pace, and how often it asked the store."""

    def __init__(self, store: Store, clock: Clock, rules: PaceRules) -> None:
        self.asked = 0

        async def consult(orders: list[Order], now: object) -> object:
            self.asked += 1
            return store.transact(pace.consult, orders, now)  # type: ignore[arg-type]

        self.pace = SharedPace(rules, ByDomain(), consult, clock)  # type: ignore[arg-type]

    async def granted(self, provider: str = "gmail") -> Grant:
        answer = await self.pace.grant(provider)
        assert isinstance(answer, Grant), answer
        return answer

    async def refused(self, provider: str = "gmail") -> Wait:
        answer = await self.pace.grant(provider)
        assert isinstance(answer, Wait), answer
        return answer

    async def send(self, outcome: Outcome = SENT, provider: str = "gmail") -> Grant:
        grant = await self.granted(provider)
        self.pace.report(grant, outcome)
        return grant


def rules(**changes: object) -> PaceRules:
    return PaceRules(**({"providers": {"gmail": REACTS, "mailru": REACTS}} | changes))  # type: ignore[arg-type]


def limited(rate: str) -> Limits:
    return Limits(terms=Terms(rate=parse_rate(rate), backs_off=True, breaks=True))


async def test_without_limits_a_thousand_messages_ask_once_a_second(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    process = Process(sqlite_store, clock, rules())
    for _ in range(1000):
        await process.send()
        clock.move(timedelta(milliseconds=10))

    assert process.asked <= 11


async def test_limits_cost_two_transactions_a_second_however_much_is_sent(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    process = Process(sqlite_store, clock, rules(providers={"gmail": limited("100/s")}))
    sent = 0
    for _ in range(1000):
        answer = await process.pace.grant("gmail")
        if isinstance(answer, Grant):
            process.pace.report(answer, SENT)
            sent += 1
        clock.move(timedelta(milliseconds=10))

    assert 900 <= sent <= 1000
    assert process.asked <= 22


async def test_the_reason_says_whose_bucket_is_empty_and_for_how_long(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    process = Process(sqlite_store, clock, rules(providers={"gmail": limited("1/min")}))
    await process.send()

    wait = await process.refused()

    assert wait.reason == "gmail bucket empty for 63 s"
    assert (await process.granted("mailru")).provider == "mailru"


async def test_another_process_and_a_restarted_one_know_the_limit(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    own = rules(providers={"gmail": limited("1/min")})
    await Process(sqlite_store, clock, own).send()

    assert (await Process(sqlite_store, clock, own).refused()).until > clock.now()


async def test_a_whole_limit_holds_over_all_providers(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    process = Process(sqlite_store, clock, rules(whole=limited("1/min")))
    await process.send()

    assert "all mail bucket empty" in (await process.refused("mailru")).reason


async def test_connections_of_a_provider_are_counted(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    two = {"gmail": Limits(connections=2)}
    process = Process(sqlite_store, clock, rules(providers=two))
    grants = [await process.granted() for _ in range(2)]

    assert "its 2 messages under way" in (await process.refused()).reason
    await process.granted("mailru")
    process.pace.report(grants[0], None)
    await process.granted()


TWO = {"gmail": Limits(connections=2)}


async def test_connections_are_counted_over_all_processes(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    one, other = (Process(sqlite_store, clock, rules(providers=TWO)) for _ in range(2))
    grants = [await one.granted() for _ in range(2)]

    wait = await other.refused()

    assert wait.reason == "gmail has its 2 messages under way, 0 from here"
    one.pace.report(grants[0], SENT)
    clock.move(SECOND)
    await one.pace.renew()
    await other.granted()
    assert (await one.refused()).until <= clock.now() + SECOND


async def test_a_process_with_long_messages_under_way_keeps_their_places(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    one, other = (Process(sqlite_store, clock, rules(providers=TWO)) for _ in range(2))
    for _ in range(2):
        await one.granted()

    for _ in range(60):
        clock.move(SECOND)
        assert await one.pace.renew()
        await other.refused()


async def test_a_process_that_is_closed_gives_its_places_back_at_once(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    one, other = (Process(sqlite_store, clock, rules(providers=TWO)) for _ in range(2))
    await one.send()
    await one.pace.close()

    await other.granted()
    await other.granted()


async def test_places_that_are_not_used_are_given_back_and_had_again_at_once(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    process = Process(sqlite_store, clock, rules(providers=TWO))
    await process.send()
    clock.move(SECOND)
    while await process.pace.renew():
        clock.move(SECOND)
    told = process.asked
    clock.move(SECOND / 10)

    assert told <= 4
    assert sqlite_store.query(places.list_claims, clock.now()) == {}
    await process.send()
    assert process.asked == told + 1


async def test_places_cost_no_further_transactions(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    process = Process(sqlite_store, clock, rules(providers=TWO))
    for _ in range(1000):
        await process.send()
        clock.move(timedelta(milliseconds=10))

    assert process.asked <= 12


async def test_who_has_no_place_takes_no_slots_from_who_has(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    limits = Limits(terms=Terms(rate=parse_rate("20/s")), connections=1)
    one, other = (
        Process(sqlite_store, clock, rules(providers={"gmail": limits}))
        for _ in range(2)
    )
    sent = 0
    for _ in range(500):
        for process in (one, other):
            answer = await process.pace.grant("gmail")
            if isinstance(answer, Grant):
                process.pace.report(answer, SENT)
                sent += 1
        clock.move(timedelta(milliseconds=10))

    assert sent >= 75


async def test_places_are_not_used_after_a_question_nobody_answered(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    process = Process(sqlite_store, clock, rules(providers=TWO))
    await process.granted()
    clock.move(SECOND)
    sqlite_store.transact(lambda tx: tx.exec_driver_sql("ALTER TABLE gate RENAME TO g"))
    with pytest.raises(Exception, match="no such table"):
        await process.pace.renew()
    sqlite_store.transact(lambda tx: tx.exec_driver_sql("ALTER TABLE g RENAME TO gate"))
    told = process.asked

    await process.granted()

    assert process.asked == told + 1


async def test_a_relay_with_no_place_left_leaves_its_turn_to_another(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    own = (RelayRules(name="a", weight=9, limits=Limits(connections=1)), TWO_RELAYS[1])
    process = Process(sqlite_store, clock, rules(relays=own))

    shares = Counter([(await process.granted()).relay for _ in range(20)])

    assert shares == {"a": 1, "b": 19}


@pytest.mark.slow
async def test_places_are_renewed_by_themselves(sqlite_store: Store) -> None:
    process = Process(sqlite_store, SystemClock(), rules(providers=TWO))
    grant = await process.granted()
    told = process.asked

    await asyncio.sleep(1.3)

    assert process.asked > told
    process.pace.report(grant, SENT)
    await process.pace.close()


async def test_a_provider_that_says_slow_down_rests_and_the_others_do_not(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    process = Process(sqlite_store, clock, rules())
    await process.send(SLOW_DOWN)

    assert (await process.refused()).reason == "gmail asked us to slow down"
    await process.send(provider="mailru")


async def test_blocks_leave_a_provider_alone_until_a_probe_passes(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    process = Process(sqlite_store, clock, rules())
    for _ in range(20):
        await process.send(BLOCKED)
    wait = await process.refused()
    assert wait.reason == (
        "gmail is left alone: 20 messages blocked in 10 minutes, of 20 messages"
    )
    await process.send(provider="mailru")

    clock.move_to(wait.until)
    probe = await process.granted()
    assert probe.is_probe
    await process.refused()
    process.pace.report(probe, SENT)

    assert not (await process.send()).is_probe


TWO_RELAYS = (RelayRules(name="a", weight=3), RelayRules(name="b"))


async def test_relays_share_by_weight(sqlite_store: Store, clock: SteppedClock) -> None:
    process = Process(sqlite_store, clock, rules(relays=TWO_RELAYS))

    shares = Counter([(await process.send()).relay for _ in range(400)])

    assert shares == {"a": 300, "b": 100}


async def test_the_share_of_a_relay_in_trouble_goes_to_the_others_until_a_probe(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    process = Process(sqlite_store, clock, rules(relays=TWO_RELAYS))
    assert (await process.send(REFUSED_CONNECTION)).relay == "a"

    alone = {(await process.send()).relay for _ in range(50)}
    clock.move(5 * SECOND)
    probes = [grant for _ in range(8) if (grant := await process.granted()).is_probe]
    for probe in probes:
        process.pace.report(probe, SENT)
    again = Counter([(await process.send()).relay for _ in range(40)])

    assert alone == {"b"}
    assert [probe.relay for probe in probes] == ["a"]
    assert again["a"] >= 25


async def test_when_every_relay_is_in_trouble_the_soonest_is_waited_for(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    process = Process(sqlite_store, clock, rules(relays=TWO_RELAYS))
    for _ in range(2):
        await process.send(REFUSED_CONNECTION)

    wait = await process.refused()

    assert wait.until == MORNING + 5 * SECOND
    assert wait.reason == "relay a is left alone: connect: refused"


async def test_others_wait_a_moment_while_one_message_tries_a_relay(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    own = rules(relays=TWO_RELAYS[:1])
    prober, other = (Process(sqlite_store, clock, own) for _ in range(2))
    await prober.send(REFUSED_CONNECTION)
    await prober.refused()
    clock.move(5 * SECOND)
    probe = await prober.granted()

    wait = await other.refused()

    assert probe.is_probe
    # A chunk that waits as long as a probe may take is put off by two minutes.
    assert wait.until <= clock.now() + 5 * SECOND


async def test_each_relay_has_its_own_limit(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    own = (RelayRules(name="a", weight=9, limits=limited("1/min")), TWO_RELAYS[1])
    process = Process(sqlite_store, clock, rules(relays=own))

    shares = Counter([(await process.send()).relay for _ in range(20)])

    assert shares == {"a": 1, "b": 19}


async def test_what_went_well_is_told_at_the_end(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    process = Process(sqlite_store, clock, rules())
    await process.send()
    await process.pace.close()

    gates = {gate.key: gate for gate in sqlite_store.query(pace.list_gates)}
    assert gates["provider:gmail"].passed == 1


async def test_a_store_that_fails_loses_no_news(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    process = Process(sqlite_store, clock, rules())
    await process.send()
    process.pace.report(await process.granted(), SLOW_DOWN)
    sqlite_store.transact(lambda tx: tx.exec_driver_sql("ALTER TABLE gate RENAME TO g"))
    try:
        with pytest.raises(Exception, match="no such table"):
            await process.pace.grant("gmail")
    finally:
        sqlite_store.transact(
            lambda tx: tx.exec_driver_sql("ALTER TABLE g RENAME TO gate")
        )

    assert (await process.refused()).reason == "gmail asked us to slow down"


@pytest.mark.parametrize("outcome", [SENT, SLOW_DOWN, REFUSED_CONNECTION])
async def test_a_clock_that_is_set_back_makes_nobody_wait_for_what_it_showed(
    sqlite_store: Store, clock: SteppedClock, outcome: Outcome
) -> None:
    own = rules(providers={"gmail": limited("1/min")}, relays=TWO_RELAYS[:1])
    process = Process(sqlite_store, clock, own)
    await process.send(outcome)
    await process.refused()

    clock.move(timedelta(hours=-3))

    await process.granted()
