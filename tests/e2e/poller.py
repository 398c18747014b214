"""A client that keeps asking in the background and records every answer."""

import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType

import httpx


@dataclass
class Poller:
    """Ask `url` every `pause_seconds` while in the `with` block; count the answers by version or trouble."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    pause_seconds: float = 0.05
    answers: Counter[str] = field(default_factory=Counter)

    def __enter__(self) -> "Poller":
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def failures(self) -> dict[str, int]:
        return {answer: count for answer, count in self.answers.items() if answer.startswith("!")}

    def _ask(self) -> None:
        with httpx.Client(timeout=5, headers=dict(self.headers)) as client:
            while not self._ended.is_set():
                self.answers[self._answer(client)] += 1
                time.sleep(self.pause_seconds)

    def _answer(self, client: httpx.Client) -> str:
        try:
            reply = client.get(self.url)
        except httpx.TransportError as error:
            return f"! {type(error).__name__}"
        if reply.status_code != 200:
            return f"! status {reply.status_code}"
        return str(reply.json().get("version") or reply.json().get("model"))
