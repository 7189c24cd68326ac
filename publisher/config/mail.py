"""How our messages leave: `[mail]` and the tables below it."""

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from publisher.config.doubt import Doubt, Evidence
from publisher.config.section import Key, Line, Section, a_labels, by_language

__all__ = ["Dkim", "Mail", "Pace", "Provider", "Relay", "Smtp"]

RateText: TypeAlias = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,6}/(s|min|h|day)$")]


def _ascii_mailbox(value: str) -> str:
    """Write an address as it may stand in List-Unsubscribe: its domain in A-labels."""
    local, _, domain = value.rpartition("@")
    return value if domain.isascii() else f"{local}@{a_labels(domain)}"


class Smtp(Section):
    """`[mail.smtp]`: the relay that takes our messages."""

    host: str = "127.0.0.1"
    """Host name of the relay, or the path of its socket on this machine."""
    port: Annotated[int, Field(ge=1, le=65535)] = 25
    """25, 587 (starttls) or 465 (implicit)."""
    security: Literal["implicit", "starttls", "none"] = "starttls"
    """How the connection is encrypted; `none` takes no password except on this host."""
    username: str = ""
    """Name to log in with; empty: no login."""
    password: SecretStr | None = None
    """Password; better `password_file` or the environment."""
    password_file: str | None = None
    """File that holds the password."""
    connections: Annotated[int, Field(ge=1, le=200)] = 4
    """Connections at once."""
    messages_per_connection: Annotated[int, Field(ge=1, le=10000)] = 100
    """A connection is closed after so many messages."""
    helo_name: str = ""
    """Our own host name as told to the relay; default: the domain of `mail.sender`."""
    pipelining: bool = True
    """Send several commands at once where the relay offers it."""
    rate: RateText = ""
    """Messages it is given at most; default: no limit."""


class Relay(Smtp):
    """`[[mail.relay]]`: one of several relays; then `[mail.smtp]` is not used."""

    name: Key
    """What operators call it."""
    weight: Annotated[int, Field(ge=1, le=100)] = 1
    """Its share of the mail, in proportion to the others'."""


class Pace(Section):
    """`[mail.pace]`: how fast our messages leave, all together."""

    rate: RateText = ""
    """Messages at most, through all relays; default: no limit."""
    look_up_exchangers: bool = True
    """Ask the DNS which provider takes the mail of a domain."""
    warm_up: tuple[Annotated[int, Field(ge=1, le=10_000_000)], ...] = ()
    """Messages per day and provider of a new sender, for each day that went well."""


class Provider(Section):
    """`[[mail.provider]]`: what one company's mail servers are given."""

    key: Key
    """`gmail`, `outlook`, `mailru`, `yandex`, `yahoo`, `icloud`, `rambler`, `rest`, or
    a new one."""
    domains: tuple[str, ...] = ()
    """Its own domains; default: those we know."""
    exchangers: tuple[str, ...] = ()
    """What the names of its mail exchangers (MX) end in; default: those we know."""
    rate: RateText = ""
    """Messages it is given at most; default: no limit."""
    connections: Annotated[int, Field(ge=0, le=200)] = 0
    """Messages on their way to it at once, over all processes; 0: any number."""


class Dkim(Section):
    """`[mail.dkim]`: signatures with which our domain answers for its messages."""

    key_file: str = ""
    """File with the RSA key; empty: messages are not signed here."""
    selector: str = "publisher"
    """Name under which the DNS of the domain shows the RSA key."""
    domain: str = ""
    """Domain that signs; default: the domain of `mail.sender`."""
    ed25519_key_file: str = ""
    """File with an Ed25519 key for a second signature."""
    ed25519_selector: str = "publisher-ed25519"
    """Name under which the DNS shows the second key."""


class Mail(Section):
    """`[mail]`: what our messages say about us, and how they leave."""

    transport: Literal["maildir", "smtp"] = "maildir"
    """`maildir` writes to `mail.maildir` (development), `smtp` sends."""
    maildir: str = "var/outbox"
    """Folder for the maildir transport."""
    sender: str = "news@gazeta.example"
    """Address that digests come from."""
    sender_name: Annotated[dict[str, Line], BeforeValidator(by_language)] = {"": ""}
    """Name beside it, as one text or per language; default: the site's title."""
    reply_to: str = ""
    """Mailbox that somebody reads; default: the sender."""
    alerts_to: str = ""
    """Who is told when an edition fails or sending is shut; empty: nobody."""
    return_address: str = ""
    """Envelope sender that bounces come back to; `b+@…` gets a token after the plus."""
    feedback_id: Annotated[str, Field(pattern=r"^[a-z0-9]{5,15}$")] = "publisher"
    """Sender id in Feedback-ID: 5 to 15 small letters and digits, the same for ever."""
    leave_address: Annotated[str, AfterValidator(_ascii_mailbox)] = ""
    """Address like `leave+@…` that unsubscribes who writes to it: a token of 24
    characters follows the plus; empty: there is none."""
    leave_maildir: str = ""
    """Maildir that the mail to `leave_address` arrives in, read every minute."""
    goodbye: bool = False
    """Write a last message to who leaves a digest on a page or by mail; it holds the
    way back."""
    smtp: Smtp = Smtp()
    relay: tuple[Relay, ...] = ()
    pace: Pace = Pace()
    provider: tuple[Provider, ...] = ()
    dkim: Dkim = Dkim()
    doubt: Doubt = Doubt()
    evidence: tuple[Evidence, ...] = ()
