"""How readers join by themselves: `[joining]`."""

from typing import Annotated

from pydantic import Field

from publisher.config.section import Section, Texts

__all__ = ["Joining"]

PerHour = Annotated[int, Field(ge=1, le=100_000)]


class Joining(Section):
    """`[joining]`: the subscribe page, the form for other sites, and the consent."""

    open: bool = True
    """Whether anybody may ask to join; confirmations go on working when shut."""
    operator: Texts = {"": ""}
    """Who asks for the consent, such as the legal name and BIN; default: the title of
    the site."""
    mailed_by: Texts = {"": ""}
    """Whom addresses are handed to so that mail is sent, and in which country; default:
    the hosts of the relays, or nobody where they are on this machine."""
    consent: Texts = {"": ""}
    """What readers agree to, in words of your own; default: a text of ours, made of the
    above."""
    consent_version: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = "1"
    """Recorded with every consent; change it whenever the words change."""
    min_seconds: Annotated[int, Field(ge=0, le=60)] = 3
    """Who sends the form sooner than this after it was shown is asked to look again."""
    per_client: PerHour = 20
    """Requests in an hour from one address of the internet, for each web process."""
    per_domain: PerHour = 60
    """Requests in an hour for addresses of one domain."""
    per_provider: PerHour = 2000
    """The same for a domain of a large mailbox provider."""
