"""No password and no mail goes over a connection less secure than configured."""

import asyncio
import base64
import shutil
import socket
import ssl
import subprocess
from dataclasses import dataclass

import pytest

from publisher.errors import TransportError
from publisher.mail.smtp import Security, SmtpTimeouts, SmtpTransport
from publisher.mail.transport import Envelope
from publisher.model.reply import Kind, Outcome, Phase
from tests.mail.relays import ENVELOPE, PATIENCE, Beginning, relay, some_settings
from tests.mail.scripted_smtp import Act, Script, ScriptedServer, serving

LOGIN = {"username": "news", "password": "a password"}
PLAIN = base64.b64encode(b"\0news\0a password").decode()
OFFERS_LOGIN = Act("250-relay.example\r\n250 AUTH PLAIN LOGIN CRAM-MD5")
OFFERS_TLS = Act("250-relay.example\r\n250 STARTTLS")


@dataclass(frozen=True)
class Certificate:
    """A certificate of this machine that only our own context trusts."""

    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    key, file = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        f" -days 2 -keyout {key} -out {file} -subj /CN=localhost"
        f" -addext subjectAltName=IP:127.0.0.1,DNS:localhost".split(),
        check=True,
        capture_output=True,
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file, key)
    return Certificate(server, ssl.create_default_context(cafile=str(file)))


async def sent_over(
    certificate: Certificate,
    security: Security,
    script: Script,
    context: ssl.SSLContext | None,
    **changes: object,
) -> tuple[Outcome, ScriptedServer]:
    """Send a message to a server that can encrypt."""
    is_implicit = security is Security.IMPLICIT
    async with serving(script, tls=certificate.server, implicit=is_implicit) as server:
        settings = some_settings(
            server.port, security=security, timeouts=SmtpTimeouts(), **changes
        )
        transport = SmtpTransport(settings, context)
        outcome = await transport.send(ENVELOPE, Beginning())
        await transport.close()
    return outcome, server


async def test_a_connection_is_encrypted_from_the_first_byte(
    certificate: Certificate,
) -> None:
    outcome, server = await sent_over(
        certificate,
        Security.IMPLICIT,
        {"ehlo": OFFERS_LOGIN},
        certificate.client,
        **LOGIN,
    )

    assert outcome.kind is Kind.SENT
    assert f"AUTH PLAIN {PLAIN}" in server.commands[0]


async def test_a_connection_is_encrypted_before_the_password(
    certificate: Certificate,
) -> None:
    script = {"ehlo": [OFFERS_TLS, OFFERS_LOGIN]}

    outcome, server = await sent_over(
        certificate, Security.STARTTLS, script, certificate.client, **LOGIN
    )

    assert outcome.kind is Kind.SENT
    verbs = [line.split(" ")[0] for line in server.commands[0]]
    assert verbs[:5] == ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL"]


@pytest.mark.parametrize("security", [Security.IMPLICIT, Security.STARTTLS])
async def test_an_untrusted_certificate_stops_the_relay(
    certificate: Certificate, security: Security
) -> None:
    script = {"ehlo": OFFERS_TLS}

    outcome, server = await sent_over(certificate, security, script, None, **LOGIN)

    assert (outcome.kind, outcome.phase) == (Kind.RELAY, Phase.TLS)
    assert "certificate verify failed" in outcome.text
    assert not any("AUTH" in line for lines in server.commands for line in lines)


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ({"ehlo": Act("250 relay.example")}, Kind.RELAY),
        ({"ehlo": OFFERS_TLS, "starttls": Act("454 4.7.0 not now")}, Kind.RELAY),
        (
            {"ehlo": OFFERS_TLS, "starttls": Act("220 go", raw=b"220 go\r\nx")},
            Kind.RETRY,
        ),
        ({"ehlo": OFFERS_TLS, "starttls": Act(cut=True)}, Kind.RETRY),
        ({"ehlo": OFFERS_TLS, "starttls": Act(hang=True)}, Kind.RETRY),
    ],
    ids=["not offered", "refused", "not kept", "cut", "silence"],
)
async def test_without_encryption_no_mail_goes_out(script: Script, kind: Kind) -> None:
    async with relay(script, security=Security.STARTTLS, **LOGIN) as (
        server,
        transport,
    ):
        outcome = await transport.send(ENVELOPE, Beginning())

    assert outcome.kind is kind
    assert outcome.is_common
    assert server.taken == []
    verbs = {line.split(" ")[0] for lines in server.commands for line in lines}
    assert verbs <= {"EHLO", "STARTTLS", "QUIT"}


async def test_a_relay_without_starttls_is_named_with_a_remedy() -> None:
    async with relay(security=Security.STARTTLS) as (_, transport):
        outcome = await transport.send(ENVELOPE, Beginning())

    assert "does not offer STARTTLS; use a port that does" in outcome.text


async def test_on_this_machine_a_password_may_go_in_clear() -> None:
    async with relay({"ehlo": OFFERS_LOGIN}, **LOGIN) as (server, transport):
        outcome = await transport.send(ENVELOPE, Beginning())

    assert outcome.kind is Kind.SENT
    assert server.commands[0][1] == f"AUTH PLAIN {PLAIN}"


async def test_a_wrong_password_is_tried_once() -> None:
    script = {"ehlo": OFFERS_LOGIN, "auth": Act("535 5.7.8 wrong")}
    async with relay(script, **LOGIN) as (server, transport):
        outcome = await transport.send(ENVELOPE, Beginning())

    assert (outcome.kind, outcome.phase, outcome.code) == (Kind.RELAY, Phase.AUTH, 535)
    assert len([line for line in server.commands[0] if line.startswith("AUTH")]) == 1


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (Act("454 4.7.0 later"), Kind.RELAY),
        (Act("421 4.7.0 bye", cut=True), Kind.RETRY),
        (Act(cut=True), Kind.RETRY),
        (Act(hang=True), Kind.RETRY),
        (Act(raw=b"what\r\n"), Kind.RETRY),
    ],
)
async def test_a_login_that_breaks_off_harms_no_reader(act: Act, kind: Kind) -> None:
    async with relay({"ehlo": OFFERS_LOGIN, "auth": act}, **LOGIN) as (_, transport):
        outcome = await transport.send(ENVELOPE, Beginning())

    assert (outcome.kind, outcome.phase) == (kind, Phase.AUTH)


async def test_a_relay_without_a_login_is_named() -> None:
    async with relay({"ehlo": Act("250 relay.example")}, **LOGIN) as (_, transport):
        outcome = await transport.send(ENVELOPE, Beginning())

    assert outcome.kind is Kind.RELAY
    assert "offers no login by PLAIN, LOGIN or CRAM-MD5" in outcome.text


@pytest.mark.parametrize("host", ["relay.example", "192.0.2.1", "127.example", "::2"])
def test_a_password_in_clear_to_another_machine_is_refused(host: str) -> None:
    with pytest.raises(TransportError, match="would send the password to"):
        some_settings(25, host=host, **LOGIN)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_a_password_in_clear_to_this_machine_is_accepted(host: str) -> None:
    assert some_settings(25, host=host, **LOGIN).host == host


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"helo_name": ""}, "no host name to give in EHLO"),
        ({"helo_name": "a b\r\nMAIL"}, "no host name to give in EHLO"),
        ({"helo_name": "б..қаз"}, "correct helo_name"),
        ({"connections": 0}, "at least one connection"),
        ({"messages_per_connection": 0}, "at least one connection"),
    ],
)
def test_settings_that_cannot_work_are_refused(
    changes: dict[str, object], why: str
) -> None:
    with pytest.raises(TransportError, match=why):
        some_settings(25, **changes)


@pytest.mark.parametrize("security", [Security.IMPLICIT, Security.STARTTLS])
async def test_closing_ends_a_message_whose_connection_is_being_encrypted(
    certificate: Certificate, security: Security
) -> None:
    """The relay takes the connection and says nothing to our hello."""
    is_clear = security is Security.STARTTLS
    talk = b"220 hi\r\n", b"250-me\r\n250 STARTTLS\r\n", b"220 go\r\n"
    has_hello = asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for said in talk if is_clear else ():
            writer.write(said)
            await (reader.read(1) if said is talk[-1] else reader.readline())
        await reader.read(1)
        has_hello.set()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        settings = some_settings(
            server.sockets[0].getsockname()[1],
            security=security,
            timeouts=SmtpTimeouts(),
        )
        transport = SmtpTransport(settings, certificate.client)
        begin = Beginning()
        sending = asyncio.create_task(transport.send(ENVELOPE, begin))
        await has_hello.wait()

        async with asyncio.timeout(2):
            await transport.close()
            outcome = await sending

    assert outcome.kind is Kind.RETRY
    assert begin.count == 0


@pytest.mark.parametrize("loops", ["asyncio", "uvloop"])
@pytest.mark.parametrize("pipelines", [True, False])
def test_a_large_message_that_an_encrypted_relay_does_not_read_is_tried_again(
    certificate: Certificate, loops: str, *, pipelines: bool
) -> None:
    """What the system does not take stays with us, and its dot is not written."""
    new_loop = pytest.importorskip(loops).new_event_loop
    line = b"x" * 76 + b"\r\n"
    envelope = Envelope("a@b.example", "c@d.example", line * 100_000, "d1")
    said = {b"EHLO": b"250-me\r\n250 PIPELINING\r\n" if pipelines else b"250 me\r\n"}
    is_over = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hi\r\n")
        while (verb := (await reader.readline())[:4]) != b"DATA":
            writer.write(said.get(verb, b"250 ok\r\n"))
        writer.write(b"354 go ahead\r\n")
        await is_over.wait()
        writer.transport.abort()

    async def send() -> Outcome:
        listening = socket.create_server(("127.0.0.1", 0))
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        async with await asyncio.start_server(
            talk, sock=listening, ssl=certificate.server
        ):
            patience = SmtpTimeouts(block=PATIENCE, dot=4 * PATIENCE)
            settings = some_settings(
                listening.getsockname()[1],
                security=Security.IMPLICIT,
                timeouts=patience,
            )
            transport = SmtpTransport(settings, certificate.client)
            outcome = await transport.send(envelope, Beginning())
            is_over.set()
            await transport.close()
        return outcome

    with asyncio.Runner(loop_factory=new_loop) as runner:
        outcome = runner.run(send())

    assert (outcome.kind, outcome.phase) == (Kind.RETRY, Phase.DATA)
    assert outcome.text == "the relay stopped reading"


def test_our_name_is_given_in_a_labels_and_the_password_is_not_printed() -> None:
    settings = some_settings(25, helo_name="Газет.қаз", **LOGIN)

    assert settings.helo == "xn--80afhh0d.xn--80ao21a"
    assert "a password" not in repr(settings)
    assert settings.name == "127.0.0.1:25"
