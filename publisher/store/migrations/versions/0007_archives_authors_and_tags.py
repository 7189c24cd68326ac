"""Archives, tombstones, authors and tags."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from publisher.model.slug import slug_of, spelling

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
IS_PUBLIC = "state = 'public'"
IS_OPEN = "month <> '' AND NOT is_final"
HAS_SUBJECT = "subject <> ''"
COMMENTS = {
    "article": (
        "shown_at: when it was published or came back, edited or late; its "
        "month is the archive that holds it."
    ),
    "feed": (
        "subject: slug of an author or tag, or number of an article; month: of "
        "an archive; touched_at: last removal or change of name; version: times "
        "published; is_final: an archive built after its month, which no edit "
        "changes any more."
    ),
    "fragment": (
        "An article in one format and variant, rendered once per entry_version."
    ),
    "tombstone": ("Articles withdrawn from a feed, told for a while (RFC 6721)."),
    "subject": (
        "An author or a tag; the slug stays, the name is the last one printed."
    ),
    "subject_name": (
        "What leads to an author or tag: folded names, and pages of authors."
    ),
    "subject_listing": ("Public articles only."),
}


def upgrade() -> None:
    """Apply the change."""
    for table in ("article", "listing"):
        _add_shown_at(table)
    _index_shown()
    with op.batch_alter_table("feed") as batch_op:
        batch_op.add_column(
            sa.Column("is_final", sa.Boolean(), nullable=False, server_default="0")
        )
    with op.batch_alter_table("feed_work") as batch_op:
        batch_op.add_column(
            sa.Column("is_urgent", sa.Boolean(), nullable=False, server_default="0")
        )
    for table, column in (("feed", "is_final"), ("feed_work", "is_urgent")):
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column(
                column, existing_type=sa.Boolean(), server_default=None
            )
    op.create_index(
        "ix_feed_subject",
        "feed",
        ["kind", "subject"],
        sqlite_where=sa.text(HAS_SUBJECT),
        postgresql_where=sa.text(HAS_SUBJECT),
    )
    op.create_index(
        "ix_feed_month",
        "feed",
        ["month"],
        sqlite_where=sa.text(IS_OPEN),
        postgresql_where=sa.text(IS_OPEN),
    )
    _create_tombstone()
    _create_subjects()
    _fill_subjects()
    if op.get_bind().dialect.supports_comments:
        for table, comment in COMMENTS.items():
            op.create_table_comment(table, comment)


def downgrade() -> None:
    """Take the change back."""
    for table in ("subject_listing", "subject_name", "subject", "tombstone"):
        op.drop_table(table)
    op.drop_index("ix_feed_subject", "feed")
    op.drop_index("ix_feed_month", "feed")
    op.drop_index("ix_article_shown", "article")
    op.drop_index("ix_listing_shown", "listing")
    for table, column in (
        ("feed_work", "is_urgent"),
        ("feed", "is_final"),
        ("listing", "shown_at"),
        ("article", "shown_at"),
    ):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column(column)


def _add_shown_at(name: str) -> None:
    op.add_column(name, sa.Column("shown_at", MOMENT))
    table = sa.table(name, sa.column("shown_at"), sa.column("published_at"))
    op.execute(table.update().values(shown_at=table.c.published_at))
    with op.batch_alter_table(name) as batch_op:
        batch_op.alter_column("shown_at", existing_type=MOMENT, nullable=False)


def _index_shown() -> None:
    op.create_index(
        "ix_article_shown",
        "article",
        ["language", "shown_at", "id"],
        sqlite_where=sa.text(IS_PUBLIC),
        postgresql_where=sa.text(IS_PUBLIC),
    )
    op.create_index(
        "ix_listing_shown",
        "listing",
        ["rubric_id", "language", "shown_at", "article_id"],
    )


def _create_tombstone() -> None:
    op.create_table(
        "tombstone",
        sa.Column("feed_id", BIG_ID, nullable=False),
        sa.Column("article_id", BIG_ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"]),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"]),
        sa.PrimaryKeyConstraint("feed_id", "article_id"),
    )
    op.create_index("ix_tombstone_article_id", "tombstone", ["article_id"])
    op.create_index("ix_tombstone_at", "tombstone", ["at"])


def _create_subjects() -> None:
    op.create_table(
        "subject",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("name", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "slug"),
    )
    op.create_table(
        "subject_name",
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("spelling", sa.String(600), nullable=False),
        sa.Column("subject_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"]),
        sa.PrimaryKeyConstraint("kind", "spelling"),
    )
    op.create_index("ix_subject_name_subject_id", "subject_name", ["subject_id"])
    op.create_table(
        "subject_listing",
        sa.Column("subject_id", BIG_ID, nullable=False),
        sa.Column("article_id", BIG_ID, nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("shown_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"]),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"]),
        sa.PrimaryKeyConstraint("subject_id", "article_id"),
    )
    for name, columns in (
        ("newest", ["subject_id", "published_at", "article_id"]),
        ("newest_language", ["subject_id", "language", "published_at", "article_id"]),
        ("shown", ["subject_id", "language", "shown_at", "article_id"]),
        ("article_id", ["article_id"]),
    ):
        op.create_index(f"ix_subject_listing_{name}", "subject_listing", columns)


def _fill_subjects() -> None:
    """List what is public already; no author or tag has a page of a feed yet."""
    connection = op.get_bind()
    subject = sa.table("subject", *map(sa.column, ("kind", "slug", "name")))
    known: dict[tuple[str, str], int] = {}
    slugs: set[tuple[str, str]] = set()
    for row in _public_articles(connection):
        listed: set[int] = set()
        for kind, name, page in _said(row):
            key = (kind, f"page:{page}" if page else f"name:{spelling(name)}")
            if key not in known:
                slug = _free(slugs, kind, slug_of(name))
                statement = sa.insert(subject).values(kind=kind, slug=slug, name=name)
                statement = statement.returning(sa.column("id"))
                known[key] = int(connection.execute(statement).scalar_one())
                _remember(connection, known, kind, name, page)
            listed.add(known[key])
        _list(connection, row, listed)


def _public_articles(connection: sa.Connection) -> Iterator[sa.Row[tuple[object, ...]]]:
    statement = sa.text(
        "SELECT a.id, a.language, a.published_at, r.bylines, r.tags FROM article a"
        " JOIN revision r ON r.article_id = a.id AND r.number = a.revision"
        " WHERE a.state = 'public' ORDER BY a.id"
    ).columns(
        id=BIG_ID,
        language=sa.String(),
        published_at=MOMENT,
        bylines=sa.JSON(),
        tags=sa.JSON(),
    )
    yield from connection.execute(statement).all()


def _said(row: sa.Row[tuple[object, ...]]) -> Iterator[tuple[str, str, str]]:
    for byline in row.bylines:
        if byline["name"].strip():
            yield "author", " ".join(byline["name"].split())[:500], byline["url"] or ""
    for tag in row.tags:
        if tag.strip():
            yield "tag", " ".join(tag.split())[:500], ""


def _free(slugs: set[tuple[str, str]], kind: str, slug: str) -> str:
    free, number = slug, 2
    while (kind, free) in slugs:
        free, number = f"{slug}-{number}", number + 1
    slugs.add((kind, free))
    return free


def _remember(
    connection: sa.Connection,
    known: dict[tuple[str, str], int],
    kind: str,
    name: str,
    page: str,
) -> None:
    """Write the name, unless it is another author's, and the page."""
    number = known[kind, f"page:{page}" if page else f"name:{spelling(name)}"]
    table = sa.table(
        "subject_name", *map(sa.column, ("kind", "spelling", "subject_id"))
    )
    by_name = (kind, f"name:{spelling(name)}")
    spellings = [f"page:{page[:500]}"] if page else [by_name[1]]
    if page and by_name not in known:
        known[by_name] = number
        spellings.append(by_name[1])
    for one in spellings:
        values = {"kind": kind, "spelling": one, "subject_id": number}
        connection.execute(sa.insert(table).values(**values))


def _list(
    connection: sa.Connection, row: sa.Row[tuple[object, ...]], subjects: set[int]
) -> None:
    columns = ("subject_id", "article_id", "language", "published_at", "shown_at")
    table = sa.table("subject_listing", *map(sa.column, columns))
    for number in sorted(subjects):
        connection.execute(
            sa.insert(table).values(
                subject_id=number,
                article_id=row.id,
                language=row.language,
                published_at=row.published_at,
                shown_at=row.published_at,
            )
        )
