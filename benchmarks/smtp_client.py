"""Send constant messages through our transport, and tell what it took.

`python -m benchmarks.smtp_client PORT COUNT CONNECTIONS [plain]`, a process of its own
that can be kept on one core. Prints seconds of wall time and of its own CPU.
"""

import asyncio
import sys
from time import perf_counter, process_time

from publisher.mail.smtp import Security, SmtpSettings, SmtpTransport
from publisher.mail.transport import Envelope
from publisher.model.reply import Kind

try:
    from uvloop import new_event_loop
except ImportError:
    from asyncio import new_event_loop

MESSAGE = b"Subject: constant\r\n\r\n" + (b"Q" * 76 + b"\r\n") * 371


async def yes() -> bool:
    """Begin."""
    return True


async def send(port: int, count: int, connections: int, *, pipelines: bool) -> None:
    """Send all messages; two tasks for each connection, as the delivery loop does."""
    transport = SmtpTransport(
        SmtpSettings(
            host="127.0.0.1",
            port=port,
            helo_name="news.example",
            security=Security.NONE,
            connections=connections,
            messages_per_connection=1_000_000,
            pipelines=pipelines,
        )
    )
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            envelope = Envelope(
                "b@news.example",
                f"r{number}@mail.example",
                MESSAGE,
                str(number),
                is_canonical=True,
            )
            outcome = await transport.send(envelope, yes)
            assert outcome.kind is Kind.SENT, outcome

    await asyncio.gather(*(work() for _ in range(connections * (1 + pipelines))))
    await transport.close()


def main(arguments: list[str]) -> None:
    """Run, and print the times."""
    port, count, connections = map(int, arguments[:3])
    begun, cpu_begun = perf_counter(), process_time()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(send(port, count, connections, pipelines="plain" not in arguments))
    print(perf_counter() - begun, process_time() - cpu_begun)


if __name__ == "__main__":
    main(sys.argv[1:])
