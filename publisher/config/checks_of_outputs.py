"""Whether outputs can be what the file says: places of their own, and all they need."""

from collections.abc import Iterator
from pathlib import Path as FilePath

from publisher.config.feeds import Output
from publisher.config.lines import Path
from publisher.config.schema import Config

__all__ = ["check_outputs"]

S3_KEYS = (
    *("bucket", "prefix", "endpoint", "region", "path_style", "packed"),
    *("access_key_id", "secret_access_key_file"),
)


def check_outputs(config: Config, file: FilePath) -> Iterator[tuple[Path, str]]:
    """Yield where something is wrong with the outputs, and what."""
    folders: dict[FilePath, str] = {}
    buckets: dict[tuple[str, str, str], str] = {}
    for index, output in enumerate(config.output):
        at = ("output", index)
        said = f'output "{output.name}": '
        for key, what in _of_its_kind(output, file):
            yield (*at, key), said + what
        if output.kind == "folder" and output.folder:
            folder = (file.parent / output.folder).resolve()
            for what in _beside_sources(config, file, folder):
                yield (*at, "folder"), said + what
            other = folders.setdefault(folder, output.name)
            shared = remedy = "folder"
        else:
            place = (output.endpoint, output.bucket, output.prefix)
            other = buckets.setdefault(place, output.name)
            shared, remedy = "bucket", "prefix"
        if other != output.name:
            yield (
                (*at, shared),
                (
                    f'output "{output.name}" has the same {shared} as "{other}"; give'
                    f" one of them another {remedy}"
                ),
            )


def _of_its_kind(output: Output, file: FilePath) -> Iterator[tuple[str, str]]:
    if output.kind == "folder":
        if not output.folder:
            yield "folder", 'kind "folder" needs a folder; name one for feeds alone'
        for key in S3_KEYS:
            if key in output.model_fields_set:
                yield key, f'{key} is for kind "s3"; write kind = "s3" or take it away'
    else:
        yield from _of_a_bucket(output, file)


def _of_a_bucket(output: Output, file: FilePath) -> Iterator[tuple[str, str]]:
    if "folder" in output.model_fields_set:
        yield "folder", 'folder is for kind "folder"; take it away, or write prefix'
    if not output.bucket:
        yield "bucket", 'kind "s3" needs a bucket; write its name'
    secret = output.secret_access_key_file
    if bool(output.access_key_id) != bool(secret):
        yield (
            "access_key_id" if output.access_key_id else "secret_access_key_file",
            (
                "access_key_id and secret_access_key_file go together; give both, or"
                " neither and AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the"
                " environment"
            ),
        )
    if secret and not (file.parent / secret).is_file():
        yield (
            "secret_access_key_file",
            f"secret_access_key_file: {file.parent / secret} does not exist",
        )


def _beside_sources(config: Config, file: FilePath, folder: FilePath) -> Iterator[str]:
    for source in config.source:
        watched = (file.parent / source.folder).resolve()
        if folder.is_relative_to(watched) or watched.is_relative_to(folder):
            yield (
                f'folder {folder} and that of source "{source.name}" lie in each'
                " other, so feeds would be read as articles; choose another folder"
            )
