"""The planner and two workers of a mailroom, who stumble wherever a test wants it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from typing_extensions import override

from publisher.digests.composing import Composer
from publisher.digests.planning import Planner
from publisher.model.delivery import DeliveryState
from publisher.model.digest import DigestRule
from publisher.model.rubric import RubricTree
from publisher.model.selection import Selection
from publisher.store import Transaction
from publisher.store.due import DueDelivery
from publisher.store.editions import EditionRow
from publisher.store.leases import Lease
from publisher.store.ledger import Answer, Asked
from publisher.store.segments import SegmentText
from tests.builders import a_segment_text
from tests.store.mailroom import Mailroom, a_verdict

__all__ = ["Desk", "PlainComposer", "Worker"]


class PlainComposer(Composer):
    """Composes by listing numbers; may fail as a template or a machine does."""

    def __init__(self, rules: Mapping[str, DigestRule], tree: RubricTree) -> None:
        object.__setattr__(self, "rules", rules)
        object.__setattr__(self, "tree", tree)
        object.__setattr__(self, "failures", [])

    failures: list[Exception]
    """Raised one after the other, before anything is composed again."""

    @override
    def compose(
        self,
        tx: Transaction,
        row: EditionRow,
        article_ids: Sequence[int],
        *,
        language: str,
        is_compact: bool,
        selection: Selection,
        selection_id: int,
    ) -> SegmentText:
        if self.failures:
            raise self.failures.pop()
        # A hash: so many may be listed that their numbers would not fit.
        whole = f"{sorted(article_ids)} {language} {is_compact} {selection_id}"
        return a_segment_text(
            *sorted(article_ids),
            content_key=sha256(whole.encode()).hexdigest(),
            language=language,
            is_compact=is_compact,
            selection_id=selection_id,
        )


@dataclass
class Worker:
    """Sends the messages of one chunk; what it has begun is in flight."""

    lease: Lease | None = None
    due: list[DueDelivery] = field(default_factory=list)
    in_flight: dict[int, int] = field(default_factory=dict)


class Desk:
    """A planner and two workers, with what relays really took."""

    def __init__(self, mailroom: Mailroom, rule: DigestRule) -> None:
        self.mailroom = mailroom
        rules = {rule.key: rule}
        self.composer = PlainComposer(rules, mailroom.newsroom.tree)
        self.planner = Planner(
            store=mailroom.store,
            clock=mailroom.newsroom.clock,
            rules=rules,
            composer=self.composer,
        )
        self.workers = (Worker(), Worker())
        self.taken: Counter[int] = Counter()
        """How often a relay took each message."""
        self.doubted: set[int] = set()
        """Messages that were in doubt at some time."""

    @property
    def is_waiting_for_answers(self) -> bool:
        """Whether any message is in flight."""
        return any(worker.in_flight for worker in self.workers)

    def busy(self, who: int) -> Worker:
        """Return a worker who has something in flight, the wanted one if possible."""
        wanted, other = self.workers[who], self.workers[1 - who]
        return wanted if wanted.in_flight else other

    def lease(self, worker: Worker) -> None:
        """Let a worker who has nothing look for a chunk."""
        if worker.lease is None:
            worker.lease = self.mailroom.lease()
            self.look(worker)
            self.remember_doubts()

    def look(self, worker: Worker) -> None:
        """Let a worker read what is due in its chunk."""
        if worker.lease is not None:
            worker.due = self.mailroom.due(worker.lease)

    def begin(self, worker: Worker) -> DueDelivery | None:
        """Let a worker begin its next message; return it where it may go on."""
        if worker.lease is None or not worker.due:
            return None
        asked = worker.due.pop(0)
        (answer,) = self.mailroom.ask(
            Asked(asked.id, asked.segment_id, asked.attempts, worker.lease)
        )
        if answer is Answer.STALE:
            self.planner.renew(asked.segment_id)
        if answer is not Answer.BEGUN:
            return None
        worker.in_flight[asked.id] = asked.attempts + 1
        return asked

    def hear(
        self, worker: Worker, state: DeliveryState, *, was_taken: bool = False
    ) -> None:
        """Let a relay answer the oldest message that a worker has in flight."""
        if not worker.in_flight:
            return
        number = next(iter(worker.in_flight))
        tried = worker.in_flight.pop(number)
        if was_taken:
            self.taken[number] += 1
        if state is DeliveryState.HELD:
            self.doubted.add(number)
        verdict = a_verdict(number, state, number=tried, retry_at=self.mailroom.now)
        self.mailroom.settle(verdict)

    def fail_to_connect(self, worker: Worker) -> None:
        """Let a worker's next message not even begin."""
        if worker.due:
            one = worker.due.pop(0)
            waiting = a_verdict(
                one.id,
                DeliveryState.WAITING,
                number=one.attempts + 1,
                retry_at=self.mailroom.now,
            )
            self.mailroom.settle(waiting._replace(has_begun=False))

    def crash(self, worker: Worker, *, was_taken: bool) -> None:
        """Let a worker forget everything; the relay may have what was in flight."""
        if was_taken:
            self.taken.update(list(worker.in_flight))
        self.doubted.update(worker.in_flight)
        worker.lease, worker.due, worker.in_flight = None, [], {}

    def give_back(self, worker: Worker) -> None:
        """Let a worker who waits for no answer give its chunk back."""
        if worker.lease is not None and not worker.in_flight:
            self.mailroom.release(worker.lease)
            worker.lease, worker.due = None, []

    def remember_doubts(self) -> None:
        """Remember what is held because its worker was taken for dead."""
        late = {number for worker in self.workers for number in worker.in_flight}
        for number in late:
            if self.mailroom.delivery(number).state == DeliveryState.HELD:
                self.doubted.add(number)

    def send_everything(self) -> None:
        """Send all that is ready, without any accident."""
        worker = Worker()
        for _ in range(100):
            self.lease(worker)
            if worker.lease is None:
                return
            while worker.due:
                if self.begin(worker) is not None:
                    self.hear(worker, DeliveryState.SENT, was_taken=True)
            self.give_back(worker)
        message = "there was always something more to send"
        raise AssertionError(message)
