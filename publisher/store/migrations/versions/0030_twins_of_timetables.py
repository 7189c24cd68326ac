"""Timetables of one rhythm whose readers had other editions before."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

OLD = "uq_timetable_digest_key_frequency_weekdays_month_day_local_time_zone"
NEW = "uq_timetable_rhythm"
RHYTHM = ["digest_key", "frequency", "weekdays", "month_day", "local_time", "zone"]
BEFORE = (
    "A rhythm that some readers share. An instant one has no next_due_at: it is due"
    " when listings have gone beyond the number it reached."
)
AFTER = (
    f"{BEFORE} twin_no: 0, or above where an operator's change brought others to the"
    " same rhythm, who are not due at the same moment."
)


def upgrade() -> None:
    """Apply the change; until now no rhythm had two timetables."""
    with op.batch_alter_table("timetable") as batch_op:
        batch_op.add_column(
            sa.Column("twin_no", sa.Integer(), nullable=False, server_default="0")
        )
    with op.batch_alter_table("timetable") as batch_op:
        batch_op.alter_column(
            "twin_no",
            existing_type=sa.Integer(),
            existing_nullable=False,
            server_default=None,
        )
    _change(OLD, NEW, [*RHYTHM, "twin_no"], (BEFORE, AFTER))


def downgrade() -> None:
    """Take the change back; refused where there are twins."""
    _change(NEW, OLD, RHYTHM, (AFTER, BEFORE))
    with op.batch_alter_table("timetable") as batch_op:
        batch_op.drop_column("twin_no")


def _change(
    old: str, new: str, columns: Sequence[str], comments: tuple[str, str]
) -> None:
    with op.batch_alter_table("timetable") as batch_op:
        batch_op.drop_constraint(op.f(old), type_="unique")
        batch_op.create_unique_constraint(op.f(new), list(columns))
        batch_op.create_table_comment(comments[1], existing_comment=comments[0])
