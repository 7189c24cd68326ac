"""One row that marks a store, also when machines begin to send at one moment."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

KEPT = (
    "store_key, counter, advanced_at, stopped_at, stopped_why, lost_until, generation"
)

MEANING = (
    "which store this is, and how often chunks were leased to be sent. Who has seen a"
    " larger number stands before a store that was set back. lost_until: what was due"
    " by then may have been sent by a store that is lost. generation: changes when an"
    " operator confirms, so that numbers which come again name other messages."
)


def upgrade() -> None:
    """Apply the change; of several rows the one that was counted on stays."""
    _rebuild(
        [
            sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
            sa.Column("store_key", sa.String(32), nullable=False),
        ],
        key="id",
        into=f"id, {KEPT}",
        what=f"1, {KEPT}",
        comment="One row, 1 its key, so that machines which begin at one moment cannot"
        f" make two: {MEANING}",
    )


def downgrade() -> None:
    """Take the change back."""
    _rebuild(
        [sa.Column("store_key", sa.String(32), nullable=False)],
        key="store_key",
        into=KEPT,
        what=KEPT,
        comment=f"One row: {MEANING}",
    )


def _rebuild(
    columns: Sequence[sa.Column[object]],
    *,
    key: str,
    into: str,
    what: str,
    comment: str,
) -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "sending_anew",
        *columns,
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("advanced_at", moment, nullable=False),
        sa.Column("stopped_at", moment, nullable=True),
        sa.Column("stopped_why", sa.String(20), nullable=False),
        sa.Column("lost_until", moment, nullable=True),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        comment=comment,
    )
    op.execute(
        f"INSERT INTO sending_anew ({into})"  # noqa: S608 (names of ours)
        f" SELECT {what} FROM sending ORDER BY counter DESC LIMIT 1"
    )
    op.drop_table("sending")
    op.rename_table("sending_anew", "sending")
    with op.batch_alter_table("sending") as batch_op:
        batch_op.create_primary_key("pk_sending", [key])
