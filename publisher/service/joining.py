"""How readers join: limits, and the consent they are asked for."""

import ipaddress

from publisher.audience.joining import ConsentTexts, Joinings, Limits
from publisher.audience.membership import Membership
from publisher.config import Config
from publisher.model.provider import Provider, ProviderTable
from publisher.model.token import TokenKeys
from publisher.rendering.language import Language, Languages
from publisher.service.settings import text_in

__all__ = ["consent_texts", "make_joinings"]


def make_joinings(
    config: Config, membership: Membership, tokens: TokenKeys, languages: Languages
) -> Joinings:
    """Return what the subscribe page and the confirmation stand on."""
    joining = config.joining
    own = [
        Provider(key=one.key, domains=one.domains)
        for one in config.mail.provider
        if one.domains
    ]
    return Joinings(
        membership=membership,
        tokens=tokens,
        languages=languages,
        consent=consent_texts(config, languages),
        limits=Limits(
            per_client=joining.per_client,
            per_domain=joining.per_domain,
            per_provider=joining.per_provider,
        ),
        providers=ProviderTable(own),
        is_open=joining.open and bool(config.digest),
    )


def consent_texts(config: Config, languages: Languages) -> ConsentTexts:
    """Return what readers agree to, in every language of the site."""
    own = config.joining.consent
    texts = {
        code: (text_in(own, code) or _default_text(config, languages.get(code))).strip()
        for code in config.site.languages
    }
    return ConsentTexts(version=config.joining.consent_version, texts=texts)


def _default_text(config: Config, language: Language) -> str:
    """Return a text that names who, what, what for, how long, to whom and how to end.

    That is what article 8 of the law 94-V of Kazakhstan and article 13 of the GDPR ask
    for.
    """
    joining, code = config.joining, language.code
    site = language.gettext("“%(site)s”") % {"site": text_in(config.site.title, code)}
    operator = text_in(joining.operator, code) or site
    mailed_by = text_in(joining.mailed_by, code) or ", ".join(_relays(config))
    handed_on = (
        language.gettext(
            "To send the messages, my address is handed to: %(mailed_by)s."
        )
        if mailed_by
        else language.gettext("My address is handed to nobody else.")
    )
    values = {
        "operator": operator,
        "mailed_by": mailed_by,
        "contact": config.mail.reply_to or config.mail.sender,
    }
    sentences = [
        language.gettext(
            "I agree that %(operator)s keeps my address, what I choose here, and the"
            " time, IP address and browser of this request, in order to send me the"
            " digests I chose."
        ),
        handed_on,
        language.gettext("Nothing of it is published."),
        language.gettext(
            "My consent holds until I unsubscribe; I can withdraw it at any time by the"
            " link in every message or by writing to %(contact)s."
        ),
    ]
    return " ".join(sentence % values for sentence in sentences)


def _relays(config: Config) -> list[str]:
    """Return the hosts that our mail is handed to, except for this machine."""
    mail = config.mail
    if mail.transport != "smtp":
        return []
    hosts = [relay.host for relay in mail.relay] or [mail.smtp.host]
    return [host for host in dict.fromkeys(hosts) if not _is_here(host)]


def _is_here(host: str) -> bool:
    if host.startswith("/") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
