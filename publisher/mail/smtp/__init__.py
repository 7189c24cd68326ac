"""Messages by SMTP to a relay: the only door to aiosmtplib."""

from publisher.mail.smtp.settings import Security, SmtpSettings, SmtpTimeouts
from publisher.mail.smtp.transport import SmtpTransport

__all__ = ["Security", "SmtpSettings", "SmtpTimeouts", "SmtpTransport"]
