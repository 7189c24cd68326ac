"""Pieces are encoded once and join in any order to what they say, and nothing else."""

import base64
import re
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import TemplateError
from publisher.mail.dkim.keys import load_key, make_key
from publisher.mail.dkim.signing import Signer
from publisher.mail.fields import Heading
from publisher.mail.message import Press
from publisher.model.content import Piece
from publisher.rendering.slots import slot
from tests.mail.samples import LEAVE, RUSSIAN, a_reader
from tests.mail.verifying import verdicts

HEADING = Heading(
    language="ru",
    dated_at=RUSSIAN.dated_at,
    sender=RUSSIAN.sender,
    reply_to=RUSSIAN.reply_to,
    message_id_domain=RUSSIAN.message_id_domain,
    message_id_secret=RUSSIAN.message_id_secret,
    stream=RUSSIAN.stream,
)
PEM = make_key("rsa-sha256")
SIGNER = Signer("vestnik.example", (load_key(PEM, "rsa-sha256", "one", "a key"),))
PRESS = Press()

TEXT = st.text("абвəқғ abc&<'\n", max_size=80)
PIECES = st.lists(
    st.builds(
        lambda text, has_slot, after: Piece(
            f"{text}{LEAVE if has_slot else ''}{after}",
            f"<p>{text}</p>{LEAVE if has_slot else ''}{after}",
        ),
        TEXT,
        st.booleans(),
        TEXT,
    ),
    max_size=6,
)
TAIL = Piece(f"{LEAVE}\n", f"<p>{LEAVE}</p>{slot('preheader')}\n")


def parts(message: bytes) -> list[str]:
    """Return text and HTML as a mail program sees them."""
    parsed = message_from_bytes(message, policy=policy.default)
    return [part.get_content() for part in parsed.iter_parts()]


def without_blanks(text: str) -> str:
    return re.sub(r"[ \r\n]+", "", text)


@given(PIECES, st.text("abcdefgh0123_-", min_size=1, max_size=50))
def test_any_pieces_join_to_what_they_say(pieces: list[Piece], link: str) -> None:
    reader = a_reader(link=link)

    message = PRESS.join(
        HEADING,
        "Утро",
        [*pieces, TAIL],
        key="k",
        values={"preheader": "Мост & зуб"},
        signer=SIGNER,
    ).for_reader(reader)

    text, html = parts(message)
    said = "".join(piece.text for piece in [*pieces, TAIL])
    shown = "".join(piece.html for piece in [*pieces, TAIL])
    shown = shown.replace(slot("preheader"), "Мост &amp; зуб")
    leave = reader.leave_url
    assert without_blanks(text) == without_blanks(said.replace(LEAVE, leave))
    assert without_blanks(html) == without_blanks(shown.replace(LEAVE, leave))
    assert verdicts(message, SIGNER) == [True]


@given(PIECES)
def test_every_line_of_a_joined_body_is_whole_base64(pieces: list[Piece]) -> None:
    message = PRESS.join(
        HEADING, "Утро", [*pieces, TAIL], key="k", values={"preheader": ""}
    ).for_reader(a_reader())

    _, _, body = message.partition(b"\r\n\r\n")
    for part in re.split(rb"--=_[^\r]*\r\n", body)[1:-1]:
        lines = part.partition(b"\r\n\r\n")[2].splitlines()
        assert all(0 < len(line) <= 76 and len(line) % 4 == 0 for line in lines)
        assert not any(line.endswith(b"=") for line in lines[:-1])
        assert base64.b64decode(b"".join(lines), validate=True)


def test_blanks_stand_where_nobody_sees_them() -> None:
    pieces = [Piece("Мост\n", "<p>Мост</p>\n"), Piece("Зуб\n", "<p>Зуб</p>"), TAIL]

    text, html = parts(
        PRESS.join(
            HEADING, "Утро", pieces, key="k", values={"preheader": ""}
        ).for_reader(a_reader())
    )

    assert [line.rstrip() for line in text.splitlines()][:2] == ["Мост", "Зуб"]
    assert re.sub(" +", " ", html).startswith("<p>Мост</p> \r\n<p>Зуб</p> <p>")


def test_the_key_of_the_content_makes_the_boundary() -> None:
    def made(key: str) -> bytes:
        return PRESS.join(
            HEADING, "Утро", [TAIL], key=key, values={"preheader": ""}
        ).boundary

    assert made("one") == made("one")
    assert made("one") != made("two")


def test_a_piece_with_an_unknown_slot_is_refused() -> None:
    pieces = [Piece(slot("shoe_size"), ""), TAIL]

    with pytest.raises(TemplateError, match='the text part uses the slot "shoe_size"'):
        PRESS.join(HEADING, "Утро", pieces, key="k", values={"preheader": ""})
