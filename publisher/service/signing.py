"""Keys that sign our messages, in the files that the configuration names."""

from dataclasses import dataclass
from pathlib import Path

from publisher.config import Config
from publisher.errors import ConfigError
from publisher.mail.dkim.keys import ED25519, RSA, Algorithm, load_key, make_key
from publisher.mail.dkim.signing import Signer
from publisher.service.keeping import write_once

__all__ = ["KeyFile", "key_files", "make_missing_keys", "make_signer"]


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A file of `[mail.dkim]`; `name` is its key there."""

    name: str
    path: Path
    algorithm: Algorithm
    selector: str


def key_files(config: Config, root: Path) -> tuple[KeyFile, ...]:
    """Return the files that are named; raises ConfigError for a second without a first.

    Some receivers know RSA only, so Ed25519 alone would leave messages unsigned.
    """
    dkim = config.mail.dkim
    if dkim.ed25519_key_file and not dkim.key_file:
        msg = (
            "mail.dkim.ed25519_key_file: some receivers know RSA signatures only;"
            " name a mail.dkim.key_file as well"
        )
        raise ConfigError([msg])
    named = (
        ("key_file", dkim.key_file, RSA, dkim.selector),
        ("ed25519_key_file", dkim.ed25519_key_file, ED25519, dkim.ed25519_selector),
    )
    return tuple(
        KeyFile(f"mail.dkim.{name}", root / file, algorithm, selector)
        for name, file, algorithm, selector in named
        if file
    )


def make_missing_keys(config: Config, root: Path) -> tuple[Path, ...]:
    """Make the keys that are named and not there; return their files.

    Raises ConfigError when a file cannot be written. A key that is there stays.
    """
    missing = [file for file in key_files(config, root) if not file.path.exists()]
    for file in missing:
        try:
            write_once(file.path, make_key(file.algorithm))
        except OSError as error:
            msg = f"{file.name}: {file.path} cannot be written: {error.strerror}"
            raise ConfigError([msg]) from error
    return tuple(file.path for file in missing)


def make_signer(config: Config, root: Path) -> Signer | None:
    """Return what signs messages, None where they leave unsigned.

    Raises ConfigError when a key is missing or is none that receivers take.
    """
    files = key_files(config, root)
    if not files:
        return None
    mail = config.mail
    domain = mail.dkim.domain or mail.sender.rpartition("@")[2]
    keys = tuple(
        load_key(_read(file), file.algorithm, file.selector, f"{file.name} {file.path}")
        for file in files
    )
    return Signer(domain, keys)


def _read(file: KeyFile) -> bytes:
    try:
        return file.path.read_bytes()
    except FileNotFoundError:
        msg = (
            f"{file.name}: there is no {file.path}; `publisher mail dkim` makes it and"
            " shows what to put into the DNS"
        )
        raise ConfigError([msg]) from None
    except OSError as error:
        msg = f"{file.name}: {file.path} cannot be read: {error.strerror}"
        raise ConfigError([msg]) from error
