"""What the service keeps beside the store: its secret, its passwords, its paths."""

import os
import secrets
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from publisher.config import Config
from publisher.errors import ConfigError, StoreError
from publisher.model.token import TokenKeys
from publisher.store import Store
from publisher.store.migrate import check_store
from publisher.store.suppressions import (
    check_secret,
    has_secret,
    is_other_secret,
    renew_secret,
    settle_secret,
)

__all__ = [
    "keep_address_secret",
    "keep_signing_secret",
    "read_secret",
    "renew_address_secret",
    "signing_keys",
    "store_url",
    "use_address_secret",
    "write_once",
]

LEAST_SECRET = 16
"""Bytes; less could be guessed."""


def store_url(config: Config, root: Path) -> str:
    """Return the store's address: files relative to `root`, the password filled in."""
    url = config.store.url
    if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
        return f"sqlite:///{root / url.removeprefix('sqlite:///')}"
    password = config.store.password and config.store.password.get_secret_value()
    if config.store.password_file:
        password = read_secret(root / config.store.password_file)
    if not password:
        return url
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    login = f"{user.partition(':')[0]}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{login}@{host}"))


def read_secret(file: Path) -> str:
    """Return the one line a secret's file holds; raises ConfigError naming the file."""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"secret file {file} cannot be read: {error}"
        raise ConfigError([msg]) from error


def signing_keys(config: Config, root: Path) -> TokenKeys:
    """Return the keys that sign links; raises ConfigError where one is missing.

    Losing one breaks the leave links of every mail signed with it: back it up.
    """
    web = config.web
    keys = {
        number: _checked(f"web.old_secret_files.{number}", read_secret(root / file))
        for number, file in web.old_secret_files.items()
    }
    keys[web.secret_number] = _checked("web.secret", _current_secret(config, root))
    return TokenKeys(keys, web.secret_number)


def keep_signing_secret(config: Config, root: Path, store: Store) -> None:
    """Make the secret that signs links, for a store that no start has been on.

    Later it is never made: another one in its place would break links without a word.
    """
    file = root / config.web.secret_file
    is_first_start = not store.query(has_secret)
    if is_first_start and config.web.secret is None and not file.exists():
        _make_secret(file)


def use_address_secret(config: Config, root: Path, store: Store) -> None:
    """Let a store hash addresses with the secret that is kept for it.

    Raises StoreError where it is not the one that this store's addresses were hashed
    with, and ConfigError where there is none.
    """
    is_bound = store.query(has_secret)
    secret, file = config.store.address_secret, root / config.store.address_secret_file
    if secret is None and not file.exists():
        if not is_bound:
            return  # No start has been yet: nothing is hashed, and nothing will be.
        msg = (
            f"store.address_secret_file: {file} is missing; without it suppressed"
            " addresses are not known: put it back from the backup, or see"
            " `publisher suppressions renew-secret`"
        )
        raise ConfigError([msg])
    _hash_with(config, root, store)
    if is_bound:
        store.query(check_secret)


def _hash_with(config: Config, root: Path, store: Store) -> None:
    secret, file = config.store.address_secret, root / config.store.address_secret_file
    text = read_secret(file) if secret is None else secret.get_secret_value()
    store.use_address_secret(_checked("store.address_secret", text))


def keep_address_secret(
    config: Config, root: Path, store: Store, now: datetime
) -> None:
    """Do the same at a start: the secret is made for a store that never had one."""
    file = root / config.store.address_secret_file
    if not store.query(has_secret):
        if config.store.address_secret is None and not file.exists():
            _make_secret(file)
        _hash_with(config, root, store)
        store.transact(settle_secret, now)
    use_address_secret(config, root, store)


def renew_address_secret(config: Config, root: Path, now: datetime) -> tuple[int, int]:
    """Let the store go on with another secret; return what is kept and what is lost.

    Raises StoreError while the present secret is the right one.
    """
    url, file = store_url(config, root), root / config.store.address_secret_file
    check_store(url)
    store = Store(url, threads=1)
    try:
        if config.store.address_secret is None and not file.exists():
            _make_secret(file)
        _hash_with(config, root, store)
        if not store.query(is_other_secret):
            msg = "the address secret is that of this store; there is nothing to renew"
            raise StoreError(msg)
        return store.transact(renew_secret, now)
    finally:
        store.close()


def _current_secret(config: Config, root: Path) -> str:
    if config.web.secret is not None:
        return config.web.secret.get_secret_value()
    file = root / config.web.secret_file
    if not file.exists():
        msg = (
            f"web.secret_file: {file} is missing; without it the links of all mails"
            " sent stop working: put it back from the backup; if it is lost for good,"
            " see docs/how-to/change-the-signing-secret.md"
        )
        raise ConfigError([msg])
    return read_secret(file)


def _checked(key: str, text: str) -> bytes:
    if len(text.encode()) < LEAST_SECRET:
        msg = (
            f"{key} is shorter than {LEAST_SECRET} bytes and could be guessed;"
            " make a longer one, or delete the file to have one made"
        )
        raise ConfigError([msg])
    return text.encode()


def _make_secret(file: Path) -> None:
    """Write a new secret; raises ConfigError when that cannot be done."""
    try:
        write_once(file, (secrets.token_urlsafe(32) + "\n").encode())
    except OSError as error:
        msg = (
            f"secret file {file} cannot be made: {error.strerror};"
            " make room for it, or let us write there"
        )
        raise ConfigError([msg]) from error


def write_once(file: Path, content: bytes) -> None:
    """Write a file that only we can read, whole; two at once agree on one's content.

    No two share a draft: in containers that share a folder each process is number 1.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileExistsError):  # Who was faster has written everybody's.
            os.link(draft, file)
    finally:
        draft.unlink()
