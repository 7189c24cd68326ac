"""Several relays as one transport: each message goes through the one it names."""

import asyncio
from collections.abc import Mapping

from typing_extensions import override

from publisher.errors import TransportError
from publisher.mail.transport import Begin, Envelope, Transport
from publisher.model.reply import Outcome

__all__ = ["Relays"]


class Relays(Transport):
    """The transports of relays by name; who names none gets the first."""

    def __init__(self, relays: Mapping[str, Transport]) -> None:
        self._relays = dict(relays)

    @override
    async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
        name = envelope.relay or next(iter(self._relays))
        relay = self._relays.get(name)
        if relay is None:
            known = ", ".join(self._relays)
            msg = f'there is no relay "{name}" (there are {known})'
            raise TransportError(msg)
        return await relay.send(envelope, begin)

    @override
    async def close(self) -> None:
        await asyncio.gather(*(relay.close() for relay in self._relays.values()))
