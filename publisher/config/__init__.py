"""`config.toml`: its schema, its loader, its errors. Read only by service and cli."""

from publisher.config.loader import load_config
from publisher.config.schema import Config

__all__ = ["Config", "load_config"]
