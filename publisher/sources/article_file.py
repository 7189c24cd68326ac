"""Read files of articles: Markdown with front matter, JSON, and JSON Lines."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import BinaryIO

from publisher.errors import ArticleError
from publisher.model.article import IncomingArticle
from publisher.rendering.cleaning.characters import legal
from publisher.sources.article_record import article_of
from publisher.sources.body import BODY_HTML, BODY_MARKDOWN
from publisher.sources.front_matter import read_front_matter
from publisher.sources.json_records import (
    as_object,
    find_key_lines,
    read_document,
    read_line,
)
from publisher.sources.local_pictures import LocalPictures
from publisher.sources.record import Record, UnreadableError
from publisher.sources.refusing import unforeseen
from publisher.sources.source import Refusal, SourceDefaults

__all__ = ["JSON", "JSON_LINES", "MARKDOWN", "ArticleFiles"]

MARKDOWN = frozenset((".md", ".markdown"))
JSON = frozenset((".json",))
JSON_LINES = frozenset((".jsonl", ".ndjson"))
MAX_FILE = 32 * 1024 * 1024
"""Bytes of a file that is read as a whole; JSON Lines have no limit."""
MAX_LINE = 4 * 1024 * 1024
"""Bytes of one line of JSON Lines."""
_RAW = 64 * 1024

_Found = IncomingArticle | Refusal


@dataclass(frozen=True, slots=True)
class ArticleFiles:
    """Reads the files of one source; `path` is always relative to its folder.

    `written_at` is when the file was last written. Nothing a file holds raises an
    error: what is no article is a refusal.
    """

    defaults: SourceDefaults
    pictures: LocalPictures

    def read(self, path: str, file: BinaryIO, written_at: datetime) -> Iterator[_Found]:
        """Yield what a file holds, in order."""
        suffix = PurePosixPath(path).suffix.lower()
        if suffix in JSON_LINES:
            records = _line_records(path, file)
        elif suffix in JSON:
            records = _whole(path, file, _document_records)
        else:
            records = _whole(path, file, _markdown_records)
        for record in records:
            if isinstance(record, Refusal):
                yield record
            else:
                yield self._article(record, written_at)

    def _article(self, record: Record, written_at: datetime) -> _Found:
        place = f"{record.path}:{record.line}"
        try:
            with unforeseen(place):
                return article_of(record, self.defaults, self.pictures, written_at)
        except ArticleError as error:
            return Refusal(place, str(error), record.raw)


def _whole(
    path: str, file: BinaryIO, read: Callable[[str, str], Iterator[Record | Refusal]]
) -> Iterator[Record | Refusal]:
    """Yield the records of a file that is read at once."""
    data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        reason = f"the file is larger than {MAX_FILE >> 20} MB; write it as JSON Lines"
        yield Refusal(f"{path}:1", reason, _raw(data))
        return
    try:
        with unforeseen(path):
            yield from read(path, _decoded(data, 1))
    except UnreadableError as error:
        yield error.refusal(path, _raw(data))
    except ArticleError as error:
        yield Refusal(f"{path}:1", str(error), _raw(data))


def _markdown_records(path: str, text: str) -> Iterator[Record]:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    clean = legal(text)
    parts = read_front_matter(clean)
    notes = () if clean == text else ("characters nobody can see were removed",)
    yield Record(
        path=path,
        line=1,
        values={**parts.values, BODY_MARKDOWN: parts.body},
        key_lines=parts.key_lines,
        raw=text[:_RAW],
        default_id=PurePosixPath(path).stem,
        body_names=(BODY_MARKDOWN,),
        notes=notes,
    )


def _document_records(path: str, text: str) -> Iterator[Record | Refusal]:
    for line, raw, value in read_document(text.removeprefix("\ufeff")):
        yield _json_record(path, line, raw, value)


def _line_records(path: str, file: BinaryIO) -> Iterator[Record | Refusal]:
    for line, data in enumerate(_lines(file), start=1):
        if len(data) > MAX_LINE:
            reason = f"the line is longer than {MAX_LINE >> 20} MB; shorten the article"
            yield Refusal(f"{path}:{line}", reason, _raw(data))
        elif data.strip(b" \t\r\n\0"):
            try:
                with unforeseen(f"{path}:{line}"):
                    text = _decoded(data, line)
                    found = _json_record(path, line, text, read_line(text, line))
            except UnreadableError as error:
                found = error.refusal(path, _raw(data))
            except ArticleError as error:
                found = Refusal(f"{path}:{line}", str(error), _raw(data))
            yield found


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines without ever holding much more than MAX_LINE; longer ones are cut."""
    while data := file.readline(MAX_LINE + 1):
        rest = data
        while len(rest) > MAX_LINE and not rest.endswith(b"\n"):
            rest = file.readline(MAX_LINE + 1)
        yield data


def _json_record(path: str, line: int, raw: str, value: object) -> Record | Refusal:
    try:
        values = as_object(value, line)
    except UnreadableError as error:
        return error.refusal(path, raw)
    return Record(
        path=path,
        line=line,
        values=values,
        key_lines=find_key_lines(raw, line, values),
        raw=raw[:_RAW],
        body_names=(BODY_HTML, BODY_MARKDOWN),
    )


def _decoded(data: bytes, line: int) -> str:
    """Return the text of a file or line; raises UnreadableError.

    UTF-8, with a byte order mark or not, or UTF-16 with one (JSON: RFC 8259 section 8.1
    asks for UTF-8, Windows programs write the other).
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding, name = "utf-16", "UTF-16"
    else:
        encoding, name = "utf-8-sig", "UTF-8"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        at = line + data.count(b"\n", 0, error.start)
        reason = f"this is not {name} text; save the file in the encoding UTF-8"
        raise UnreadableError(at, reason) from error


def _raw(data: bytes) -> str:
    return data[:_RAW].decode("utf-8", "replace")
