"""The client for requests of ours, and what is fetched with it."""

from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from publisher.config import Config
from publisher.errors import PictureError
from publisher.outgoing.client import Client
from publisher.sources.originals import Originals, PictureFolder
from publisher.sources.picture_copies import PictureCopies

__all__ = ["make_callback_client", "make_client", "make_copies"]


def make_client(config: Config) -> Client:
    """Return the client; it trusts ourselves and the hubs that the operator named."""
    return _client(config, config.web.base_url, config.site.url, *config.push.hubs)


def make_callback_client(config: Config) -> Client:
    """Return the client for what subscribers of our hub name, whoever they are.

    It trusts ourselves alone: we watch our own hub by a subscription.
    """
    return _client(config, config.web.base_url)


def _client(config: Config, *trusted: str) -> Client:
    return Client(
        trusted=[_origin(url) for url in trusted],
        allowed=[ip_network(text) for text in config.outgoing.allow],
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def make_copies(config: Config, root: Path, client: Client) -> PictureCopies:
    """Return what makes copies of lead pictures."""

    def fetch(url: str, max_bytes: int) -> bytes:
        reply = client.ask("GET", url, max_bytes=max_bytes + 1)
        if not reply.is_success or len(reply.body) > max_bytes:
            what = f"status {reply.status}" if not reply.is_success else "too large"
            msg = f"{url} cannot be copied: {what}"
            raise PictureError(msg)
        return reply.body

    folders = [
        PictureFolder(source.pictures_url, root / source.folder)
        for source in config.source
        if source.pictures_url
    ]
    return PictureCopies(
        root / config.pictures.folder,
        Originals(folders, fetch),
        max_bytes=config.pictures.max_megabytes * 2**20,
    )
