"""Who answers for readers' data, and for how long: `[operator]` and `[retention]`."""

from typing import Annotated

from pydantic import Field

from publisher.config.section import Line, Section, Texts

__all__ = ["Operator", "Retention"]

Days = Annotated[int, Field(ge=1, le=36500)]


class Operator(Section):
    """`[operator]`: who answers for the data of readers, as the law wants it named."""

    legal_name: Texts = {"": ""}
    """The company's name in the register, as one text or per language."""
    bin: Annotated[str, Field(pattern=r"^(\d{12})?$")] = ""
    """Business identification number (БИН), 12 digits."""
    address: Texts = {"": ""}
    """Its legal address."""
    contact: Line = ""
    """Where readers write about their data: a mail address or a telephone number."""
    third_parties: Texts = {"": ""}
    """Who else handles the data, such as a relay, and in which country."""


class Retention(Section):
    """`[retention]`: after how many days what is known of readers goes by itself."""

    replies: Days = 90
    """What relays replied about a message, which may name the reader."""
    traces: Days = 365
    """Network address and program of whoever gave a consent."""
    letters: Days = 30
    """Letters, after they were sent or given up."""
    requests: Days = 365
    """Who asked for their data, and when."""
    deliveries: Days = 400
    """Deliveries of each reader; of an edition the numbers stay."""
    left: Days = 1095
    """Subscriptions that ended, with the consent for them; then the reader."""
