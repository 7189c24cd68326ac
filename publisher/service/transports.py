"""How our messages leave, as the configuration says."""

from pathlib import Path

from publisher.config import Config
from publisher.config.mail import Mail, Smtp
from publisher.mail.maildir import MaildirTransport
from publisher.mail.relays import Relays
from publisher.mail.smtp.settings import Security, SmtpSettings
from publisher.mail.smtp.transport import SmtpTransport
from publisher.mail.transport import Transport
from publisher.service.keeping import read_secret

__all__ = ["make_transport", "relays_of", "tasks_of"]


def make_transport(config: Config, root: Path) -> Transport:
    """Return the transport that the configuration names."""
    mail = config.mail
    if mail.transport == "maildir":
        return MaildirTransport(root / mail.maildir)
    return Relays(
        {
            name: SmtpTransport(_settings(name, relay, mail, root))
            for name, relay in relays_of(mail).items()
        }
    )


def relays_of(mail: Mail) -> dict[str, Smtp]:
    """Return the relays by name; the only one is named after its table."""
    return {relay.name: relay for relay in mail.relay} or {"smtp": mail.smtp}


def tasks_of(config: Config) -> int:
    """Return how many messages to hand over at once.

    Two for each connection: the next message's commands go with the dot of its last.
    """
    return 2 * sum(relay.connections for relay in relays_of(config.mail).values())


def _settings(name: str, relay: Smtp, mail: Mail, root: Path) -> SmtpSettings:
    password = relay.password.get_secret_value() if relay.password else ""
    if relay.password_file:
        password = read_secret(root / relay.password_file)
    return SmtpSettings(
        host=relay.host,
        port=relay.port,
        relay=name if mail.relay else "",
        security=Security(relay.security),
        username=relay.username,
        password=password,
        connections=relay.connections,
        messages_per_connection=relay.messages_per_connection,
        pipelines=relay.pipelining,
        helo_name=relay.helo_name or mail.sender.rpartition("@")[2],
    )
