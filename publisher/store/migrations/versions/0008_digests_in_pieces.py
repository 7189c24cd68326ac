"""Digests in pieces."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

OLD = (
    "What some readers of an edition get, frozen when composed (law 11);"
    " is_stale: one of its articles was withdrawn since."
)
NEW = (
    "What some readers of an edition get, frozen when composed (law 11);"
    " pieces: the numbers of its pieces in their order; is_stale: one of its articles"
    " was withdrawn since."
)


def upgrade() -> None:
    """Apply the change; a segment rendered before is a single piece of its own."""
    op.create_table(
        "piece",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_piece")),
        sa.UniqueConstraint("key", name=op.f("uq_piece_key")),
        comment="A part of digests as it was rendered, once for all segments that have it; never changed, so that a retry is byte-identical (law 11).",
    )
    op.execute(
        "INSERT INTO piece (key, text, html)"
        " SELECT 'segment ' || id, text_body, html_body FROM segment"
    )
    with op.batch_alter_table("segment", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("pieces", sa.JSON(none_as_null=True), nullable=True)
        )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    made = "json_array(piece.id)" if is_sqlite else "json_build_array(piece.id)"
    op.execute(
        f"UPDATE segment SET pieces = (SELECT {made} FROM piece"  # noqa: S608 (ours)
        " WHERE piece.key = 'segment ' || segment.id)"
    )
    with op.batch_alter_table("segment", schema=None) as batch_op:
        batch_op.alter_column(
            "pieces", existing_type=sa.JSON(none_as_null=True), nullable=False
        )
        batch_op.drop_column("text_body")
        batch_op.drop_column("html_body")
        batch_op.create_table_comment(NEW, existing_comment=OLD)


def downgrade() -> None:
    """Undo the change; what was composed in pieces is not joined again."""
    with op.batch_alter_table("segment", schema=None) as batch_op:
        for name in ("text_body", "html_body"):
            batch_op.add_column(
                sa.Column(name, sa.Text(), nullable=False, server_default="")
            )
        batch_op.drop_column("pieces")
        batch_op.create_table_comment(OLD, existing_comment=NEW)
    with op.batch_alter_table("segment", schema=None) as batch_op:
        for name in ("text_body", "html_body"):
            batch_op.alter_column(name, existing_type=sa.Text(), server_default=None)
    op.drop_table("piece")
