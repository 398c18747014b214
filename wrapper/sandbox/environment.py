"""What the sandbox needs to know of an environment."""

from typing import Protocol


class _Ports(Protocol):
    @property
    def port(self) -> int: ...
    @property
    def alb_port(self) -> int: ...


class Environment(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def account_id(self) -> str: ...
    @property
    def sandbox(self) -> _Ports: ...
