"""The composition root: a configuration becomes a running service, here only."""

from publisher.service.opening import Service, open_service

__all__ = ["Service", "open_service"]
