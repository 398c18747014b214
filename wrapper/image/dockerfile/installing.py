"""Which Python packages a command of a RUN installs, as arguments of `pip install`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

# Options to drop: the wrapper decides where to install, and options about time or size don't change the
# result.
_OURS = frozenset(
    {
        "--break-system-packages",
        "--compile",
        "--compile-bytecode",
        "--no-cache",
        "--no-cache-dir",
        "--no-compile",
        "--no-warn-script-location",
        "--system",
        "--user",
    }
)
_OURS_WITH_VALUE = frozenset(
    {
        "--cache-dir",
        "--link-mode",
        "--prefix",
        "--python",
        "--root",
        "--root-user-action",
        "--target",
        "-t",
        "-p",
    }
)
_WHEELS = frozenset({"--wheel-dir", "-w"})
_WITH_VALUE = frozenset(
    {
        "--abi",
        "--cert",
        "--client-cert",
        "--config-settings",
        "--constraint",
        "--default-timeout",
        "--editable",
        "--exists-action",
        "--extra",
        "--extra-index-url",
        "--find-links",
        "--group",
        "--implementation",
        "--index-url",
        "--log",
        "--no-binary",
        "--only-binary",
        "--platform",
        "--progress-bar",
        "--proxy",
        "--python-version",
        "--report",
        "--requirement",
        "--retries",
        "--src",
        "--timeout",
        "--trusted-host",
        "--upgrade-strategy",
        "-C",
        "-c",
        "-e",
        "-f",
        "-i",
        "-r",
    }
)
# Installers, which a task's environment does not need.
_INSTALLERS = frozenset({"pip", "uv", "wheel"})
_NAME = re.compile(r"[\w.-]*")


@dataclass(frozen=True, kw_only=True)
class Installing:
    """`words` are the arguments of `pip install` or, for kind sync, of `uv sync`.

    `places` are the folders into which Docker would install.
    """

    kind: Literal["names", "sync"]
    words: tuple[str, ...]
    places: frozenset[str] = frozenset()

    @property
    def is_nothing(self) -> bool:
        """Return whether it installs only installers."""
        return self.kind == "names" and not any(
            value is not None or str(_NAME.findall(word)[0]).lower() not in _INSTALLERS
            for word, value in options(self.words)
            if value is not None or not word.startswith("-")
        )


def installing(words: Sequence[str]) -> Installing | None:
    """Parse `pip install`, `pip wheel`, `python -m pip install`, `uv pip install` or `uv sync`; else None."""
    program, rest = PurePosixPath(words[0]).name, list(words[1:])
    if program.rstrip("0123456789.") == "python" and rest[:1] == ["-m"] and rest[1:2] in (["pip"], ["uv"]):
        program, rest = rest[1], rest[2:]
    if program == "uv":
        rest = list(_without(rest, _OURS, _OURS_WITH_VALUE))
        if rest[:1] == ["sync"]:
            return Installing(kind="sync", words=tuple(rest[1:]), places=frozenset({".venv"}))
        if rest[:1] != ["pip"]:
            return None
        program, rest = "pip", rest[1:]
    if program.rstrip("0123456789.") != "pip":
        return None
    verb = next((at for at, word in enumerate(rest) if word in ("install", "wheel")), None)
    if verb is None or any(
        not word.startswith("-") for word in _without(rest[:verb], _OURS, _OURS_WITH_VALUE)
    ):
        return None
    given = rest[verb + 1 :]
    places = {
        value for word, value in options(given) if value and word in ("--prefix", "--target", "-t", "--root")
    }
    places |= {value for word, value in options(given) if value and word in _WHEELS}
    places |= {"."} if rest[verb] == "wheel" and not places else set()
    return Installing(
        kind="names",
        words=tuple(_without(given, _OURS, _OURS_WITH_VALUE | _WHEELS)),
        places=frozenset(places),
    )


def options(words: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """Yield each option with its value, and each flag and other argument with None."""
    left = list(words)
    while left:
        word = left.pop(0)
        name, equals, value = word.partition("=")
        if word.startswith("--") and equals:
            yield name, value
        elif word in _WITH_VALUE | _OURS_WITH_VALUE | _WHEELS:
            yield word, left.pop(0) if left else ""
        elif word[:2] in ("-r", "-c", "-e") and len(word) > 2 and word[1] != "-":
            yield word[:2], word[2:]
        else:
            yield word, None


def _without(words: Sequence[str], flags: frozenset[str], valued: frozenset[str]) -> Iterator[str]:
    for word, value in options(words):
        if value is None and word not in flags:
            yield word
        elif value is not None and word not in valued:
            yield from (f"{word}={value}",) if word.startswith("--") else (word, value)
