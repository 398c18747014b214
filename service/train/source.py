"""Read a text file, plain or gzipped; its errors are `<file>:<line>: <reason>`."""

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, cast

from service.train.errors import DataError

# This drops a byte order mark, which would become part of the first column's name.
UTF8 = "utf-8-sig"
UTF16 = "utf-16"  # Spreadsheets save it as "Unicode text".
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, kw_only=True)
class Source:
    """A local file, and its `name` in messages: the S3 address if it was copied from there."""

    path: Path
    name: str

    def error(self, line: int, reason: str) -> DataError:
        """Return the error for a line, counted from 1; 0 means the whole file."""
        return DataError(self.name, line, reason)

    @contextmanager
    def text(self, encoding: str = UTF8) -> Iterator[IO[str]]:
        """Open the file for reading, with its line ends unchanged, which the csv module requires.

        Raises DataError if the file cannot be opened, unzipped or decoded.
        """
        try:
            with self._bytes() as binary, io.TextIOWrapper(binary, encoding=encoding, newline="") as text:
                yield text
        except UnicodeError as error:
            with self._bytes() as binary:
                line = _first_undecodable(binary, encoding)
            called = "UTF-8" if encoding == UTF8 else encoding
            reason = error.reason if isinstance(error, UnicodeDecodeError) else error
            raise self.error(line, f"must be text in {called}, got: {reason}. Save it as UTF-8.") from None
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise self.error(0, f"must be a whole gzip file, got: {error}.") from None
        except OSError as error:
            raise self.error(0, f"must be a readable file, got: {error.strerror or error}.") from None

    def first_line(self, encoding: str = UTF8) -> str:
        """Return the first line without its end. Raises DataError for an empty file."""
        with self.text(encoding) as file:
            line = file.readline()
        if "\0" in line:
            raise self.error(1, "must be text in UTF-8, got zeros between the letters. Save it as UTF-8.")
        if not line.strip():
            raise self.error(1, "the first line must not be blank, got nothing.")
        return line.rstrip("\r\n")

    def encoding(self, given: str | None) -> str:
        """Return the given encoding, else UTF-16 if the file has its byte order mark, else UTF-8."""
        if given:
            return given
        try:
            with self._bytes() as file:
                return UTF16 if file.read(2) in _MARKS else UTF8
        except (OSError, EOFError, zlib.error):
            return UTF8  # a later read reports the error

    def _bytes(self) -> IO[bytes]:
        if self.path.suffix == ".gz":
            return cast(IO[bytes], gzip.open(self.path))
        return self.path.open("rb")

    def decodes(self, encoding: str) -> bool:
        """Return whether the whole file is text in this encoding."""
        with self._bytes() as file:
            return not _first_undecodable(file, encoding)


def _first_undecodable(file: IO[bytes], encoding: str) -> int:
    """Return the number of the first line that cannot be decoded, 0 if all can."""
    decoder = codecs.getincrementaldecoder(encoding)()
    number = 1
    try:
        for line in file:
            number += decoder.decode(line).count("\n")
        decoder.decode(b"", final=True)
    except UnicodeError:
        return number
    return 0


@dataclass(frozen=True, kw_only=True)
class Fields:
    """How a line is split into fields: at `delimiter`, with CSV's quotes if `quoted`."""

    delimiter: str
    quoted: bool

    def rows(self, source: Source, file: IO[str]) -> Iterator[tuple[int, list[str]]]:
        """Yield each row with the number of its last line, without blank lines. Raises DataError."""
        if len(self.delimiter) > 1:
            for number, line in enumerate(file, 1):
                if text := line.strip():
                    yield number, text.split(self.delimiter)
            return
        quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE
        reader = csv.reader(file, delimiter=self.delimiter, quoting=quoting, strict=True)
        try:
            for row in reader:
                if row:
                    yield reader.line_num, row
        except csv.Error as error:
            raise source.error(reader.line_num, f"must be well-formed, got: {error}.") from None
