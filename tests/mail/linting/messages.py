"""A message that keeps every rule, and ways to plant a fault in it."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace

__all__ = ["GOOD", "Draft"]

Field = tuple[str, str]

SIGNATURE = (
    "v=1; a=rsa-sha256; c=relaxed/relaxed; d=vestnik.example; s=one;"
    " h=From:From:To:Subject:Date:Message-ID:MIME-Version:Content-Type:Reply-To:"
    "List-Id:List-Unsubscribe:\r\n List-Unsubscribe-Post:Feedback-ID;"
    " bh=AAAA; b=AAAA"
)
HEADER: tuple[Field, ...] = (
    ("From", "=?UTF-8?B?0JLQtdGB0YLQvdC40Lo=?= <news@mail.vestnik.example>"),
    ("To", "reader@mailbox.example"),
    ("Subject", "=?UTF-8?B?0JzQvtGB0YIg0L7RgtC60YDRi9C70Lg=?="),
    ("Date", "Mon, 28 Apr 2025 03:00:00 +0000"),
    ("Message-ID", "<d1842.097e3ec4@mail.vestnik.example>"),
    ("MIME-Version", "1.0"),
    ("Reply-To", "desk@vestnik.example"),
    ("List-Id", '"Daily" <daily.vestnik.example>'),
    (
        "List-Unsubscribe",
        "<https://vestnik.example/u/k3jq7v2m>,\r\n <mailto:unsub+k3jq@vestnik.example>",
    ),
    ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ("Feedback-ID", "20250428:daily:ru:vestnik"),
    ("Precedence", "bulk"),
    ("Auto-Submitted", "auto-generated"),
    ("X-Mailru-Msgtype", "digestdaily"),
    ("DKIM-Signature", SIGNATURE),
)

TEXT = "Вестник\r\n\r\nМост открыли\r\nhttps://vestnik.example/most\r\n\r\n" + (
    "Движение пустят в пятницу, старый мост закроют на ремонт. " * 40
    + "\r\nОтписаться: https://vestnik.example/u/k3jq7v2m\r\n"
)

SENTENCE = "<p>Движение пустят в пятницу, старый мост закроют на ремонт.</p>"
PAGE = (
    """<!DOCTYPE html>
<html lang="ru" dir="ltr">
<head><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<title>Вестник</title><style>p { margin: 0 }</style></head>
<body><div style="display:none">Мост через реку открыли раньше срока,
а школьники нашли зуб мамонта\u00a0\u034f\u00a0\u034f</div>
<table role="presentation"><tr><td>
<p><a href="https://vestnik.example/u/k3jq7v2m">Отписаться</a></p>
<h1>Выпуск</h1><h2>Город</h2><h3><a href="https://vestnik.example/most">Мост</a></h3>
<img src="https://vestnik.example/most.jpg" width="600" alt="Мост на закате">
"""
    + SENTENCE * 40
    + "</td></tr></table></body></html>"
)


def _encoded(text: str) -> bytes:
    return base64.encodebytes(text.encode()).replace(b"\n", b"\r\n")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A message about to be written; change a piece of it to plant a fault."""

    header: tuple[Field, ...] = HEADER
    text: str = TEXT
    page: str = PAGE
    encode: Callable[[str], bytes] = _encoded
    transfer: str = "base64"
    charset: str = "utf-8"
    subtype: str = "alternative"
    has_text_first: bool = True

    def with_field(self, name: str, *values: str) -> "Draft":
        """Return it with these values in place of that field; none removes it."""
        kept = tuple(pair for pair in self.header if pair[0] != name)
        return replace(self, header=(*kept, *((name, value) for value in values)))

    def with_page(self, old: str, new: str) -> "Draft":
        """Return it with a piece of its HTML exchanged."""
        assert old in self.page
        return replace(self, page=self.page.replace(old, new))

    def written(self) -> bytes:
        """Return the bytes."""
        fields = "".join(f"{name}: {value}\r\n" for name, value in self.header)
        parts = [("plain", self.text), ("html", self.page)]
        if not self.has_text_first:
            parts.reverse()
        body = b"".join(
            f"--edge\r\nContent-Type: text/{kind}; charset={self.charset}\r\n"
            f"Content-Transfer-Encoding: {self.transfer}\r\n\r\n".encode()
            + self.encode(content)
            + b"\r\n"
            for kind, content in parts
        )
        kind = f'Content-Type: multipart/{self.subtype}; boundary="edge"\r\n\r\n'
        return fields.encode() + kind.encode() + body + b"--edge--\r\n"


GOOD = Draft()
