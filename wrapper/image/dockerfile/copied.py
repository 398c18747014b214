"""Which files a COPY takes, and where it puts them."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

# From the absolute path in the image to the path in the build context.
Files = Mapping[PurePosixPath, PurePosixPath]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one source names: a single file, or what is below folders (by the paths below them)."""

    files: Files
    is_file: bool

    def below(self, target: PurePosixPath, *, is_folder: bool) -> dict[PurePosixPath, PurePosixPath]:
        """Put the files below the target; a single file takes its name unless that is a folder."""
        if self.is_file and not is_folder:
            return {target: next(iter(self.files.values()))}
        return {target / name: file for name, file in self.files.items()}


def find(source: str, available: Files) -> Found:
    """Find a file, a folder, or what a pattern matches, as `COPY source` does."""
    wanted = PurePosixPath("/", *[part for part in PurePosixPath(source).parts if part not in ("/", ".")])
    files, exact = {}, 0
    for path, file in available.items():
        for base in (path, *path.parents):
            if _matches(base, wanted):
                exact += base == path
                files[PurePosixPath(path.name) if base == path else path.relative_to(base)] = file
    return Found(files=files, is_file=len(files) == exact == 1)


def _matches(path: PurePosixPath, pattern: PurePosixPath) -> bool:
    pairs = zip(path.parts, pattern.parts, strict=False)
    return len(path.parts) == len(pattern.parts) and all(fnmatchcase(part, wanted) for part, wanted in pairs)
