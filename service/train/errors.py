"""The error for training data that cannot be used."""


class DataError(Exception):
    """Where the data is wrong and why, as `<file>:<line>: <reason>`. Line 0 means the whole file."""

    def __init__(self, source: str, line: int, reason: str) -> None:
        super().__init__(f"{source}:{line}: {reason}")
        self.source = source
        self.line = line
        self.reason = reason
