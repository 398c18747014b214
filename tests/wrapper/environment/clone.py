"""A clone with the shipped dev.yaml, for tests that change and load it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.sample import ENVIRONMENTS
from wrapper.environment import Environment, load
from wrapper.errors import ConfigError

ABSENT = object()


@dataclass(frozen=True)
class Clone:
    """`root` contains `environments/`, a Dockerfile and ratings.csv."""

    root: Path

    @property
    def environments(self) -> Path:
        return self.root / "environments"

    def write(self, changes: Mapping[str, Any], *, name: str = "dev", base: str = "dev") -> None:
        """Write a shipped environment with values at dotted paths changed, or deleted (ABSENT)."""
        data = yaml.safe_load((ENVIRONMENTS / f"{base}.yaml").read_text("utf-8"))
        for path, value in changes.items():
            *above, key = path.split("/") if "/" in path else path.split(".")
            block = reduce(lambda block, part: block.setdefault(part, {}), above, data)
            block[key] = value
            if value is ABSENT:
                del block[key]
        self.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), name=name)

    def write_text(self, text: str | bytes, *, name: str = "dev") -> None:
        content = text if isinstance(text, bytes) else text.encode()
        (self.environments / f"{name}.yaml").write_bytes(content)

    def load(self, name: str = "dev", *overrides: str) -> Environment:
        return load(name, directory=self.environments, overrides=overrides)

    def problems(self, name: str = "dev", *overrides: str) -> Sequence[str]:
        """Load an environment that is invalid, and return its problems."""
        with pytest.raises(ConfigError) as caught:
            self.load(name, *overrides)
        return caught.value.problems
