"""Which files a COPY copies, and to where."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

# Where the content of an image's file is: a relative path in the build context, an absolute path for a file
# that a RUN has made, or the content itself from a heredoc.
Content = PurePosixPath | bytes
Files = Mapping[PurePosixPath, Content]
# From the path of a symbolic link in the build context to its target.
Links = Mapping[Content, PurePosixPath]
_ROOT = PurePosixPath("/")
_MOST_LINKS = 40  # Linux's own limit
_WILD = frozenset("*?[")


@dataclass(frozen=True, kw_only=True)
class Found:
    """The files of one source: a single one, or those in folders, by their paths within the folders."""

    files: Files
    is_file: bool

    def below(self, target: PurePosixPath, *, is_folder: bool) -> dict[PurePosixPath, Content]:
        """Return the files by path in the image; a single file is the target, unless that is a folder."""
        if self.is_file and not is_folder:
            return {target: next(iter(self.files.values()))}
        return {target / name: file for name, file in self.files.items()}


def find(source: str, available: Files, links: Links) -> Found:
    """Find a file, a folder, or what a pattern matches, as `COPY source` does.

    A source that is a link is followed, but not out of the context. Links inside a folder stay links.
    """
    parts = [part for part in PurePosixPath(source).parts if part not in ("/", ".")]
    literal = next((at for at, part in enumerate(parts) if _WILD & set(part)), len(parts) - 1)
    prefix, rest = parts[: max(literal, 0)], parts[max(literal, 0) :]
    wanted = _followed(_ROOT.joinpath(*prefix), available, links).joinpath(*rest)
    named = {base for path in available for base in (path, *path.parents) if _matches(base, wanted)}
    files: dict[PurePosixPath, Content] = {}
    exact = 0
    for base in sorted(named):
        real = _followed(base, available, links)
        if real in available:
            exact += 1
            files[PurePosixPath(base.name)] = available[real]
        else:
            files |= {
                path.relative_to(real): file for path, file in available.items() if real in path.parents
            }
    return Found(files=files, is_file=len(files) == exact == 1)


def _followed(path: PurePosixPath, available: Files, links: Links) -> PurePosixPath:
    """Follow links with the build context as root. A circle of links leads to a path that does not exist."""
    left, place, followed = list(path.parts[1:]), _ROOT, 0
    while left:
        part = left.pop(0)
        place = place.parent if part == ".." else place / part
        said = links.get(available.get(place, _ROOT))
        if said is not None:
            followed += 1
            if followed > _MOST_LINKS:
                return _ROOT / "nowhere" / path.name
            place = _ROOT if said.is_absolute() else place.parent
            left = [each for each in said.parts if each != "/"] + left
    return place


def _matches(path: PurePosixPath, pattern: PurePosixPath) -> bool:
    pairs = zip(path.parts, pattern.parts, strict=False)
    return len(path.parts) == len(pattern.parts) and all(fnmatchcase(part, wanted) for part, wanted in pairs)
