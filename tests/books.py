"""The books of every edition and letter, as an auditor reads them (law 12).

The equation due = skipped + sent + failed + expired + held + waiting, and what it rests
on: whatever is not settled is in somebody's hands, and whatever is settled says when,
why, and after which attempts.
"""

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from publisher.model.delivery import DeliveryState
from publisher.store import Store, Transaction, editions, letters
from publisher.store.schema.editions import attempt, chunk, delivery, edition
from publisher.store.schema.letters import letter

__all__ = ["discrepancies"]

OPEN = [DeliveryState.WAITING.value, DeliveryState.BEGUN.value]
STATES_OF_LETTERS = set(DeliveryState) - {DeliveryState.SKIPPED}


def discrepancies(store: Store) -> list[str]:
    """Return everything that is wrong with the books; empty when they balance."""
    return store.query(_audit)


def _audit(tx: Transaction) -> list[str]:
    found = []
    for row in editions.list_editions(tx, 10_000):
        error = editions.account(tx, row.id).error
        if error:
            found.append(f"edition {row.id}: {error} readers are unaccounted for")
    for what, is_wrong in _rules().items():
        wrong = tx.execute(
            select(delivery.c.id, delivery.c.state, delivery.c.reason)
            .join(edition, edition.c.id == delivery.c.edition_id)
            .where(is_wrong)
            .order_by(delivery.c.id)
        ).all()
        found += [f"delivery {r.id} ({r.state} {r.reason!r}): {what}" for r in wrong]
    return found + _audit_of_letters(tx)


def _audit_of_letters(tx: Transaction) -> list[str]:
    posted, by_state = letters.account(tx)
    accounted = sum(by_state.get(state, 0) for state in STATES_OF_LETTERS)
    found = []
    if posted != accounted:
        found.append(f"{posted - accounted} letters are unaccounted for")
    for what, is_wrong in _rules_of_letters().items():
        wrong = tx.execute(
            select(letter.c.id, letter.c.state, letter.c.reason).where(is_wrong)
        ).all()
        found += [f"letter {r.id} ({r.state} {r.reason!r}): {what}" for r in wrong]
    return found


def _rules_of_letters() -> dict[str, ColumnElement[bool]]:
    """Return what must not be of a letter, by its name."""
    is_open = letter.c.state.in_(OPEN)
    is_held = letter.c.state == DeliveryState.HELD.value
    return {
        "nobody will ever take it": and_(is_open, letter.c.ready_at.is_(None)),
        "it is settled, and somebody may take it": and_(
            ~is_open, letter.c.ready_at.is_not(None)
        ),
        "it is settled and not, both": is_open == letter.c.settled_at.is_not(None),
        "it is settled, and its bytes are kept": and_(
            ~is_open, ~is_held, letter.c.message.is_not(None)
        ),
        "it was begun before it was composed": and_(
            letter.c.state == DeliveryState.BEGUN.value, letter.c.message.is_(None)
        ),
        "it went out, and was never begun": and_(
            letter.c.state.in_(["sent", "begun"]),
            letter.c.begun_at.is_(None),
            letter.c.reason == "",
        ),
        "nobody knows why": and_(
            letter.c.state.in_(["failed", "expired", "held"]), letter.c.reason == ""
        ),
        "it is begun, and nobody has it": and_(
            letter.c.state == DeliveryState.BEGUN.value,
            letter.c.leased_until.is_(None),
        ),
    }


def _rules() -> dict[str, ColumnElement[bool]]:
    """Return what must not be, by its name."""
    is_open = delivery.c.state.in_(OPEN)
    of_delivery = attempt.c.delivery_id == delivery.c.id
    is_ready = exists(
        select(chunk.c.id).where(
            chunk.c.id == delivery.c.chunk_id, chunk.c.ready_at.is_not(None)
        )
    )
    tries = select(func.count()).where(of_delivery).scalar_subquery()
    last = and_(of_delivery, attempt.c.number == delivery.c.attempts)

    def ended(*outcomes: str) -> ColumnElement[bool]:
        return exists(
            select(attempt.c.number).where(last, attempt.c.outcome.in_(outcomes))
        )

    return {
        "its edition is closed, and it is not settled": and_(
            is_open, edition.c.state == "closed"
        ),
        "no worker will ever take it": and_(
            is_open, edition.c.state != "planning", ~is_ready
        ),
        "it is settled and not, both": or_(
            and_(is_open, delivery.c.settled_at.is_not(None)),
            and_(~is_open, delivery.c.settled_at.is_(None)),
        ),
        "nobody knows why": and_(
            delivery.c.state.in_(["skipped", "failed", "expired", "held"]),
            delivery.c.reason == "",
        ),
        "it counts attempts that are not recorded": delivery.c.attempts != tries,
        "an attempt is open, and it is not begun": and_(
            delivery.c.state != DeliveryState.BEGUN.value,
            exists(
                select(attempt.c.number).where(of_delivery, attempt.c.outcome == "")
            ),
        ),
        "it is sent, and no attempt says so": and_(
            delivery.c.state == DeliveryState.SENT.value, ~ended("sent")
        ),
        "it is held, and no attempt is in doubt": and_(
            delivery.c.state == DeliveryState.HELD.value, ~ended("doubt")
        ),
    }
