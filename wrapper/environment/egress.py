"""What a task reaches on AWS: every port of every address is closed to it but these."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from wrapper.environment.block import Block
from wrapper.environment.fields import Name, Text

EVERYWHERE = "0.0.0.0/0"


class Way(Block):
    port: int = Field(description="Port that it leads to.")
    to_port: int | None = Field(
        default=None, description="Last port, where it leads to several; null is that one."
    )
    protocol: Literal["tcp", "udp"] = Field(default="tcp", description="Protocol of the port.")
    cidrs: tuple[Text, ...] = Field(default=(), description="IPv4 ranges that it leads to.")
    security_groups: tuple[Text, ...] = Field(
        default=(), description="Security groups whose members it leads to, such as sg-0a1b2c3d4e5f60718."
    )
    prefix_lists: tuple[Text, ...] = Field(
        default=(),
        description="Prefix lists whose ranges it leads to, AWS's or yours, such as pl-0a1b2c3d4e5f60718.",
    )

    @property
    def destinations(self) -> tuple[str, ...]:
        return (*self.cidrs, *self.security_groups, *self.prefix_lists)

    def __str__(self) -> str:
        last = self.to_port or self.port
        ports = f"port {self.port}" if last == self.port else f"ports {self.port} to {last}"
        kind = "" if self.protocol == "tcp" else f"{self.protocol} "
        wide = EVERYWHERE in self.cidrs
        return f"{kind}{ports} of {'any address' if wide else ' and '.join(self.destinations)}"


Egress = Annotated[
    Mapping[Name, Way],
    Field(
        description="What its tasks reach on AWS, by name, and nothing else; one way must be for port 443. "
        "Such as `{https: {port: 443, cidrs: [0.0.0.0/0]}, db: {port: 5432, cidrs: [10.0.0.0/16]}}`.",
    ),
]
HTTPS: Mapping[str, Way] = {"https": Way(port=443, cidrs=(EVERYWHERE,))}


def ways(egress: Mapping[str, Way]) -> str:
    """Say what is reached, such as `port 443 of any address, port 5432 of 10.0.0.0/16`."""
    return ", ".join(str(way) for way in egress.values())


def told(owners: Mapping[str, Mapping[str, Way]]) -> Iterator[str]:
    """Say of each, by name, what it reaches on AWS; those that reach the same share a sentence."""
    alike: dict[str, list[str]] = {}
    for name, egress in owners.items():
        alike.setdefault(ways(egress), []).append(name)
    for words, names in alike.items():
        subject = " and ".join(names)
        yield f"on AWS {subject} {'reaches' if len(names) == 1 else 'reach'} only {words}"
