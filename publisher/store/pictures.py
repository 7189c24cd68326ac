"""Which pictures may be copied: the lead pictures of articles, by their key."""

from sqlalchemy import select

from publisher.model.picture import picture_key
from publisher.store.engine import Transaction
from publisher.store.schema.pictures import picture
from publisher.store.upsert import insert_into

__all__ = ["find_picture_url", "remember_picture"]


def remember_picture(tx: Transaction, url: str) -> None:
    """Let the picture at an address be copied."""
    statement = insert_into(tx, picture).values(key=picture_key(url), url=url)
    tx.execute(statement.on_conflict_do_nothing())


def find_picture_url(tx: Transaction, key: str) -> str | None:
    """Return the address of the picture with a key, or None when we know of none."""
    return tx.execute(select(picture.c.url).where(picture.c.key == key)).scalar()
