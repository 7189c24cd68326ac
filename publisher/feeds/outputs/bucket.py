"""The few things that a bucket is asked to do: the one door to obstore.

A write is conditional where that matters: the server itself refuses it when the object
is not the one that was seen (RFC 9110 section 13.1, `If-Match` and `If-None-Match`).
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from publisher.errors import PublisherError

__all__ = [
    "LONGEST_REQUEST",
    "Bucket",
    "BucketError",
    "ChangedError",
    "Place",
]

TIMEOUT = timedelta(seconds=10)
RETRY_TIMEOUT = timedelta(seconds=20)
LONGEST_REQUEST = TIMEOUT + RETRY_TIMEOUT
"""No request is under way for longer, its repetitions included."""


class BucketError(PublisherError):
    """A bucket did not do what it was asked, for a reason of its own."""


class ChangedError(BucketError):
    """An object is not the one that was seen, so it was not written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a bucket is and who may write there.

    What is empty is taken from the environment (`AWS_REGION`, `AWS_ACCESS_KEY_ID` …)
    or from the machine's own role. `endpoint` empty means Amazon's. `prefix` is a
    folder of the bucket; with `is_path_style` the bucket's name stands in the path of
    addresses, not in their host.
    """

    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = ""
    is_path_style: bool = True
    access_key_id: str = ""
    secret_access_key: str = ""


class Bucket:
    """Objects by their names below a prefix; everything raises BucketError."""

    def __init__(self, place: Place) -> None:
        """Take the place; nothing is asked of it yet."""
        try:
            from obstore.store import S3Store  # noqa: PLC0415 (an extra)
        except ImportError:
            msg = 'kind "s3" needs the extra s3; run pip install "publisher[s3]"'
            raise BucketError(msg) from None
        config: dict[str, Any] = {
            "virtual_hosted_style_request": not place.is_path_style
        }
        if place.endpoint:
            config["endpoint"] = place.endpoint
        if place.region:
            config["region"] = place.region
        if place.access_key_id:
            config["access_key_id"] = place.access_key_id
            config["secret_access_key"] = place.secret_access_key
        try:
            self._store = S3Store(
                place.bucket,
                prefix=place.prefix or None,
                config=config,  # type: ignore[arg-type]
                client_options={
                    "timeout": TIMEOUT,
                    "allow_http": place.endpoint.startswith("http://"),
                },
                retry_config={"max_retries": 2, "retry_timeout": RETRY_TIMEOUT},
            )
        except Exception as error:
            raise _told(error) from error

    def read(self, name: str) -> tuple[bytes, str] | None:
        """Return an object's bytes and entity tag, or None where there is none."""
        try:
            found = self._store.get(name)
            return bytes(found.bytes()), found.meta["e_tag"] or ""
        except FileNotFoundError:
            return None
        except Exception as error:
            raise _told(error) from error

    def tag(self, name: str) -> str | None:
        """Return an object's entity tag, or None where there is none."""
        try:
            return self._store.head(name)["e_tag"] or ""
        except FileNotFoundError:
            return None
        except Exception as error:
            raise _told(error) from error

    def write(
        self, name: str, body: bytes, seen: str | None, headers: Mapping[str, str]
    ) -> str:
        """Write an object in place of the one that was seen; return its entity tag.

        `seen` is the tag of that one, None when there was none. Whole or not at all;
        raises ChangedError when there is another one by now.
        """
        from obstore.exceptions import (  # noqa: PLC0415 (an extra)
            AlreadyExistsError,
            PreconditionError,
        )

        try:
            done = self._store.put(
                name,
                body,
                attributes=dict(headers),
                # One request: a body in parts knows no conditions.
                use_multipart=False,
                mode="create" if seen is None else {"e_tag": seen},
            )
        except (AlreadyExistsError, PreconditionError, FileNotFoundError) as error:
            if seen is None and isinstance(error, FileNotFoundError):
                raise _told(error) from error  # No bucket, rather than no object.
            msg = f"{name} was written by somebody else meanwhile"
            raise ChangedError(msg) from error
        except Exception as error:
            raise _told(error) from error
        return done["e_tag"] or ""

    def remove(self, name: str) -> None:
        """Remove an object if it is there."""
        try:
            with suppress(FileNotFoundError):
                self._store.delete(name)
        except Exception as error:
            raise _told(error) from error


def _told(error: Exception) -> BucketError:
    """Return the first line, which tells the reason; the others are for debugging."""
    return BucketError(str(error).partition("\n")[0].strip() or type(error).__name__)
