"""The base images and the context's files of a stage, including those of all stages that it uses."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from wrapper.errors import ArtifactError
from wrapper.image.dockerfile.instruction import copy_words, is_remote
from wrapper.image.dockerfile.stage import Line, Stage


@dataclass(frozen=True, kw_only=True)
class Origin:
    """`bases` are the images that FROM and COPY name, `copied` the context's files and folders."""

    bases: tuple[str, ...]
    copied: tuple[str, ...]


class Origins:
    """The origins of all stages, by name and by number."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._parents: list[str] = []
        self._names: dict[str, int] = {}
        self._others: list[list[str]] = []
        self._copied: list[list[str]] = []
        known = Stage(name="")  # for the arguments before the first FROM, which only FROM sees
        for line in lines:
            if line.word == "FROM":
                self._begin(known, line)
            elif not self._parents and line.word == "ARG":
                known = _with_argument(known, line)
            elif self._parents and line.word in ("ADD", "COPY"):
                with suppress(ArtifactError):
                    origin, sources, _ = copy_words(Stage(name=""), line)
                    # A heredoc and a download are no files of the context.
                    named = [source for source in sources if "<<" not in source and not is_remote(source)]
                    (self._others if origin else self._copied)[-1] += [origin] if origin else named

    def of(self, target: str | None) -> Origin:
        """Return the origin of an existing stage, by default the last one."""
        reached = self.stages(target)
        named = [name for number in reached for name in (self._parents[number], *self._others[number])]
        bases = dict.fromkeys(name for name in named if self._number(name) is None and name != "scratch")
        copied = dict.fromkeys(name for number in reached for name in self._copied[number])
        return Origin(bases=tuple(bases), copied=tuple(copied))

    def stages(self, target: str | None) -> list[int]:
        """Return the numbers of the stages that a stage uses, its own first."""
        number = self._number(target) if target else len(self._parents) - 1
        return [] if number is None else list(self._reached(number, set()))

    def _begin(self, known: Stage, line: Line) -> None:
        words = [word for word in known.words(line.value) if not word.startswith("--")]
        self._names[words[2].lower() if len(words) == 3 else str(len(self._parents))] = len(self._parents)
        self._parents.append(words[0])
        self._others.append([])
        self._copied.append([])

    def _number(self, name: str) -> int | None:
        found = self._names.get(name.lower())
        return int(name) if found is None and name.isdecimal() and int(name) < len(self._parents) else found

    def _reached(self, number: int, seen: set[int]) -> Iterator[int]:
        if number in seen:
            return
        seen.add(number)
        yield number
        for name in (self._parents[number], *self._others[number]):
            following = self._number(name)
            if following is not None and following < number:
                yield from self._reached(following, seen)


def _with_argument(known: Stage, line: Line) -> Stage:
    name, default = line.value.partition("=")[::2]
    return Stage(name="", arguments={**known.arguments, name: "".join(known.words(default))})
