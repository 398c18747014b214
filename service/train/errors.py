"""Errors in the data of the trainer's user."""


class DataError(Exception):
    """Say where the data is wrong and why, as `<file>:<line>: <reason>`. Line 0 is the file as a whole."""

    def __init__(self, source: str, line: int, reason: str) -> None:
        super().__init__(f"{source}:{line}: {reason}")
        self.source = source
        self.line = line
        self.reason = reason
