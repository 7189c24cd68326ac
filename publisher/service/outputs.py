"""Where documents are copied to, as the configuration says."""

import os
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

from publisher.config import Config
from publisher.config.feeds import Output as Configured
from publisher.errors import PublisherError
from publisher.feeds.build import FeedBuilder
from publisher.feeds.dialects.offered import Offered
from publisher.feeds.dialects.publishing import document_at
from publisher.feeds.outputs.bucket import Bucket, Place
from publisher.feeds.outputs.derived import Derivation
from publisher.feeds.outputs.folder import FolderOutput
from publisher.feeds.outputs.mirror import Mirror
from publisher.feeds.outputs.output import Output
from publisher.feeds.outputs.s3 import MARK, S3Output
from publisher.service.keeping import read_secret

__all__ = ["examine_outputs", "make_mirrors", "may_be_written"]


def make_mirrors(
    config: Config, root: Path, builder: FeedBuilder
) -> tuple[Mirror, ...]:
    """Return what brings documents to the outputs."""
    derivation = _derivation(config, builder)
    return tuple(
        Mirror(
            output=_output(output, root),
            store=builder.store,
            clock=builder.clock,
            languages=config.site.languages,
            max_age=timedelta(seconds=config.feeds.max_age),
            derivation=derivation,
        )
        for output in config.output
    )


def examine_outputs(config: Config, root: Path) -> Iterator[tuple[str, bool, str]]:
    """Yield what was looked at, whether it is good, and the detail; write nothing."""
    for output in config.output:
        what = f"output {output.name}"
        if output.kind == "folder":
            folder = root / output.folder
            is_good = may_be_written(folder)
            can = "is writable" if is_good else "cannot be written to"
            yield what, is_good, f"{folder} {can}"
            continue
        try:
            _bucket(output, root).read(MARK)
        except PublisherError as error:
            yield what, False, f"bucket {output.bucket} cannot be read: {error}"
        else:
            yield what, True, f"bucket {output.bucket} answers"


def may_be_written(folder: Path) -> bool:
    """Tell whether files can be made in a folder, or the folder itself."""
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    return nearest.is_dir() and os.access(nearest, os.W_OK)


def _derivation(config: Config, builder: FeedBuilder) -> Derivation | None:
    """Return what makes dialects for the outputs, None where none is switched on."""
    offered = Offered(
        addresses=builder.addresses,
        switched_on=frozenset(config.feeds.dialects),
        has_sitemap=config.feeds.news_sitemap,
    )
    if not (offered.switched_on or offered.has_sitemap):
        return None
    make = partial(document_at, builder.store, builder.addresses, builder.facts)
    return Derivation(offered=offered, make=make)


def _output(output: Configured, root: Path) -> Output:
    if output.kind == "folder":
        return FolderOutput(output.name, root / output.folder)
    bucket = _bucket(output, root)
    return S3Output(output.name, bucket, is_packed=output.packed)


def _bucket(output: Configured, root: Path) -> Bucket:
    file = output.secret_access_key_file
    return Bucket(
        Place(
            bucket=output.bucket,
            prefix=output.prefix,
            endpoint=output.endpoint,
            region=output.region,
            is_path_style=output.path_style,
            access_key_id=output.access_key_id,
            secret_access_key=read_secret(root / file) if file else "",
        )
    )
