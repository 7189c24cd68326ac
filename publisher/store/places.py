"""Places at gates that processes have leased; who may have how many: `model.places`.

Called by `publisher.store.pace.consult` alone, which holds the rows of the gates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, select

from publisher.model.gate import Order
from publisher.model.places import Claim, Places, assign
from publisher.store.engine import Transaction
from publisher.store.schema.pace import gate_place
from publisher.store.upsert import insert_into

__all__ = ["lease", "list_claims"]


def lease(tx: Transaction, orders: Sequence[Order], now: datetime) -> dict[str, Places]:
    """Give places at the gates where they are limited, and clear away what lapsed."""
    needs = {order.key: order.need for order in orders if order.need is not None}
    if not needs:
        return {}
    claims = _claims(tx, list(needs))
    given: dict[str, Places] = {}
    for key, need in needs.items():
        before = claims.get(key, [])
        kept, given[key] = assign(before, need, now)
        over = {each.process for each in before if not each.holds_at(now)}
        if kept is None:
            over.add(need.process)
        _clear(tx, key, over - ({kept.process} if kept else set()))
        if kept is not None:
            _save(tx, key, kept)
    return given


def list_claims(tx: Transaction, now: datetime) -> Mapping[str, list[Claim]]:
    """Return by gate what processes hold of its places now, or wait for."""
    return {
        key: valid
        for key, claims in _claims(tx, None).items()
        if (valid := [claim for claim in claims if claim.holds_at(now)])
    }


def _claims(tx: Transaction, keys: Sequence[str] | None) -> dict[str, list[Claim]]:
    statement = select(gate_place).order_by(gate_place.c.gate_key, gate_place.c.process)
    if keys is not None:
        statement = statement.where(gate_place.c.gate_key.in_(keys))
    found: dict[str, list[Claim]] = {}
    for row in tx.execute(statement):
        values = dict(row._mapping)  # noqa: SLF001 (its API)
        found.setdefault(values.pop("gate_key"), []).append(Claim(**values))
    return found


def _clear(tx: Transaction, key: str, processes: set[str]) -> None:
    if processes:
        tx.execute(
            delete(gate_place).where(
                gate_place.c.gate_key == key, gate_place.c.process.in_(processes)
            )
        )


def _save(tx: Transaction, key: str, claim: Claim) -> None:
    values = asdict(claim)
    statement = insert_into(tx, gate_place).values(gate_key=key, **values)
    del values["process"]
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["gate_key", "process"], set_=values
        )
    )
