"""How our messages leave, as the configuration says."""

from pathlib import Path

from publisher.config import Config
from publisher.mail.maildir import MaildirTransport
from publisher.mail.smtp.settings import Security, SmtpSettings
from publisher.mail.smtp.transport import SmtpTransport
from publisher.mail.transport import Transport
from publisher.service.keeping import read_secret

__all__ = ["make_transport"]


def make_transport(config: Config, root: Path) -> Transport:
    """Return the transport that the configuration names."""
    mail = config.mail
    if mail.transport == "maildir":
        return MaildirTransport(root / mail.maildir)
    smtp = mail.smtp
    password = smtp.password.get_secret_value() if smtp.password else ""
    if smtp.password_file:
        password = read_secret(root / smtp.password_file)
    return SmtpTransport(
        SmtpSettings(
            host=smtp.host,
            port=smtp.port,
            security=Security(smtp.security),
            username=smtp.username,
            password=password,
            connections=smtp.connections,
            messages_per_connection=smtp.messages_per_connection,
            helo_name=smtp.helo_name or mail.sender.rpartition("@")[2],
        )
    )
