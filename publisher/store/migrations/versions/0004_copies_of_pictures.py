"""Copies of pictures."""

import base64
import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change, and let the pictures be copied that are there already."""
    picture = op.create_table(
        "picture",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_picture")),
        comment="Lead pictures by the name of their copies; nothing else is ever"
        " fetched.",
    )
    revision_table = sa.table("revision", sa.column("picture", sa.JSON()))
    found = op.get_bind().execute(
        sa.select(revision_table.c.picture).where(revision_table.c.picture.is_not(None))
    )
    urls = {row.picture["url"] for row in found if row.picture}
    rows = [{"key": _key(url), "url": url} for url in sorted(urls)]
    if rows:
        op.bulk_insert(picture, rows)


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("picture")


def _key(url: str) -> str:
    digest = hashlib.sha256(url.encode()).digest()[:15]
    return base64.b32encode(digest).decode("ascii").lower()
