"""Every error the service raises on purpose.

PublisherError
├── ConfigError         config.toml does not describe a service we can run
├── ArticleError        one article from a source cannot be taken in
├── RubricError         a rubric that does not exist, or a tree that is not one
├── SubscriberError     an address, zone, hour or choice we cannot accept
├── TokenError          a signed link that we did not issue for this purpose
├── TemplateError       a template that cannot be rendered
├── HeaderError         a header value that may not go into a message
├── OutgoingError      a request of ours that was refused, or found no answer
├── PictureError       a picture that cannot be read or is too large
├── StoreError          the store is missing, too new, or cannot be migrated
└── TransportError      a message could not be handed over (raised by transports)

Each message says what, where and what to do (law 20).
"""


class PublisherError(Exception):
    """Anything a person can do something about; shown without a traceback."""


class ConfigError(PublisherError):
    """`config.toml` or the environment is wrong; carries every finding at once."""

    def __init__(self, findings: list[str]) -> None:
        self.findings = findings
        super().__init__("\n".join(findings))


class ArticleError(PublisherError):
    """One article from outside is unusable; it is set aside with this reason."""


class RubricError(PublisherError):
    """A rubric is not defined, or the tree of rubrics is not a tree."""


class SubscriberError(PublisherError):
    """Something a reader or operator asked for a subscription cannot be accepted."""


class TokenError(PublisherError):
    """A token was not signed by us for this purpose."""


class TemplateError(PublisherError):
    """A template is missing or failed; names file, line and variable."""


class HeaderError(PublisherError):
    """A value with CR, LF or NUL, or one too long, was meant for a mail header."""


class OutgoingError(PublisherError):
    """A request of ours may not be made, or nobody answers it."""


class PictureError(PublisherError):
    """A picture cannot be fetched, read or made smaller."""


class StoreError(PublisherError):
    """The store cannot be opened, migrated or understood."""


class TransportError(PublisherError):
    """A transport cannot be used at all (not: one message was refused)."""
