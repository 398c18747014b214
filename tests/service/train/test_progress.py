"""Progress on a terminal and in a log."""

import io

from service.train.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_log_gets_a_line_now_and_then() -> None:
    """In a log, updates are ten seconds apart; messages are always printed."""
    stream, now = io.StringIO(), [0.0]
    progress = Progress(stream, clock=lambda: now[0])
    for second in range(25):
        now[0] = float(second)
        progress.update(f"at {second}")
    progress.say("done")
    assert stream.getvalue().splitlines() == ["at 10", "at 20", "done"]


def test_terminal_gets_one_line_that_changes() -> None:
    """On a terminal each update overwrites the last, and none is left in the end."""
    stream, now = Terminal(), [0.0]
    progress = Progress(stream, clock=lambda: now[0])
    now[0] = 1.0
    progress.update("half")
    progress.say("done")
    assert stream.getvalue() == "\r\x1b[2Khalf\r\x1b[2Kdone\n"
