"""A mailroom on PostgreSQL where everything is done at once, each by its own process.

Nothing is decided by hand here: what comes before what is up to the machine.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import time as hour_of_day
from datetime import timedelta

from sqlalchemy import func, select

from publisher.clock import SteppedClock
from publisher.model.delivery import DeliveryState
from publisher.store import Store, Transaction, leases, readers, rhythms
from publisher.store.doubts import list_doubts, send_again
from publisher.store.editions import close_finished
from publisher.store.erasing import erase_address
from publisher.store.ledger import Answer, Asked
from publisher.store.schema.editions import delivery, segment_article
from publisher.store.schema.readers import timetable
from tests.builders import a_choice, a_consent, a_rule, a_timetable, an_article
from tests.store.desk import Desk
from tests.store.mailroom import Mailroom, a_verdict
from tests.store.newsroom import Newsroom

__all__ = ["ACTORS", "Actor", "bustle", "calm", "most_of_one"]

RULE = a_rule(max_age=timedelta(days=400), max_lateness=timedelta(hours=6))
HOURS = (1, 7, 13, 19)
STEADY = 40
PASSING = 10
LONG = timedelta(days=400)
"""No worker loses its chunk, so that what is held did not arrive."""


@dataclass
class Actor:
    """Somebody with a process of their own."""

    store: Store
    clock: SteppedClock
    luck: random.Random
    newsroom: Newsroom = field(init=False)
    mailroom: Mailroom = field(init=False)
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        """Open the newsroom that is there."""
        self.newsroom = Newsroom(self.store, self.clock)
        self.mailroom = Mailroom(self.newsroom)
        self.desk = Desk(self.mailroom, RULE)

    def some_reader(self) -> int:
        return self.luck.randint(1, STEADY)


def join(actor: Actor, name: str) -> int:
    """Let a reader come at any of the hours."""
    hour = actor.luck.choice(HOURS)
    choice = a_choice(timetable=a_timetable(at=hour_of_day(hour)))
    return actor.newsroom.join(f"{name}@reader.example", choice)


def publish(actor: Actor) -> None:
    """Publish an article, and let three hours pass."""
    actor.newsroom.take(an_article(f"a{actor.luck.getrandbits(60)}"))
    actor.newsroom.wait(hours=3)
    time.sleep(0.05)


def plan(actor: Actor) -> None:
    actor.desk.planner.sweep()


def change(actor: Actor) -> None:
    """Let a reader read at another hour, or other rubrics."""
    hour, chosen = actor.luck.choice(HOURS), actor.luck.choice([(), ("politika",)])
    choice = a_choice(timetable=a_timetable(at=hour_of_day(hour)), chosen=chosen)
    said = a_consent("changed", at=actor.mailroom.now)
    actor.store.transact(readers.change, actor.some_reader(), choice, said)


def come_and_go(actor: Actor) -> None:
    """Let a reader leave and come back at another hour."""
    number = actor.some_reader()
    actor.newsroom.leave(number)
    join(actor, str(number))


def erase(actor: Actor) -> None:
    """Let somebody come who is erased soon."""
    name = f"passing{actor.luck.randint(1, PASSING)}"
    join(actor, name)
    time.sleep(0.1)
    key = f"{name}@reader.example"
    actor.store.transact(erase_address, key, actor.mailroom.now)


def follow(actor: Actor) -> None:
    """Move all readers of an hour to another."""
    numbers = [row.id for row in actor.newsroom.rows(timetable)]
    old, new = actor.luck.sample(numbers, 2)
    actor.store.transact(rhythms.move_readers, old, new, 100)
    time.sleep(0.2)


def send(actor: Actor) -> None:
    """Send a chunk; one message in five is in doubt afterwards."""
    now = actor.mailroom.now
    lease = actor.store.transact(leases.lease_chunk, now, now + LONG)
    if lease is None:
        actor.store.transact(close_finished)
        return
    due = actor.mailroom.due(lease)
    asked = [Asked(one.id, one.segment_id, one.attempts, lease) for one in due]
    answers = actor.mailroom.ask(*asked)
    begun = [one for one, a in zip(due, answers, strict=True) if a is Answer.BEGUN]
    states = [DeliveryState.SENT] * 4 + [DeliveryState.HELD]
    actor.mailroom.settle(
        *(
            a_verdict(one.id, actor.luck.choice(states), number=one.attempts + 1)
            for one in begun
        )
    )
    actor.mailroom.release(lease)


def hear(actor: Actor) -> None:
    """Learn that what is in doubt did not arrive."""
    held = [row.id for row in actor.store.query(list_doubts, 5)]
    actor.store.transact(send_again, held, "the log says no", actor.mailroom.now)


ACTORS: Sequence[Callable[[Actor], None]] = (
    *(publish, plan, plan, plan, change, change, come_and_go),
    *(erase, follow, send, send, hear),
)


def bustle(actors: Sequence[Actor], seconds: float) -> None:
    """Let everybody do their work again and again; raise what befell anybody."""
    first = actors[0]
    for number in range(1, STEADY + 1):
        join(first, str(number))
    assert first.newsroom.count(timetable) == len(HOURS)
    is_over = threading.Event()

    def work(actor: Actor, does: Callable[[Actor], None]) -> None:
        try:
            while not is_over.is_set():
                does(actor)
        finally:
            is_over.set()

    with ThreadPoolExecutor(len(ACTORS)) as pool:
        works = [pool.submit(work, *pair) for pair in zip(actors, ACTORS, strict=True)]
        is_over.wait(seconds)
        is_over.set()
        for each in works:
            each.result()


def calm(actor: Actor) -> None:
    """Plan and send what is left, until a day has passed without trouble."""
    for _ in range(9):
        actor.newsroom.wait(hours=3)
        plan(actor)
        actor.desk.send_everything()
        actor.store.transact(close_finished)


def most_of_one(actor: Actor) -> Counter[int]:
    """Return how often the readers got the article that they got most often."""
    times = (
        select(func.count().label("times"))
        .select_from(delivery)
        .join(segment_article, segment_article.c.segment_id == delivery.c.segment_id)
        .where(delivery.c.state == "sent")
        .group_by(delivery.c.subscription_id, segment_article.c.article_id)
        .subquery()
    )

    def work(tx: Transaction) -> Counter[int]:
        return Counter(tx.execute(select(times.c.times)).scalars())

    return actor.store.query(work)
