"""What a task reaches on AWS: nothing except these ports and addresses."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from wrapper.environment.block import Block
from wrapper.environment.fields import Name, Text

EVERYWHERE = "0.0.0.0/0"


class Way(Block):
    port: int = Field(description="Port that tasks may reach.")
    to_port: int | None = Field(default=None, description="Last port of a range; null is only `port`.")
    protocol: Literal["tcp", "udp"] = Field(default="tcp", description="Protocol of the port.")
    cidrs: tuple[Text, ...] = Field(default=(), description="IPv4 ranges that tasks may reach.")
    security_groups: tuple[Text, ...] = Field(
        default=(), description="Security groups whose members tasks may reach, such as sg-0a1b2c3d4e5f60718."
    )
    prefix_lists: tuple[Text, ...] = Field(
        default=(),
        description="Prefix lists whose ranges tasks may reach, such as pl-0a1b2c3d4e5f60718.",
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
        description="What its tasks reach on AWS, by name, and nothing else; one entry must be for port 443. "
        "Such as `{https: {port: 443, cidrs: [0.0.0.0/0]}, db: {port: 5432, cidrs: [10.0.0.0/16]}}`.",
    ),
]
HTTPS: Mapping[str, Way] = {"https": Way(port=443, cidrs=(EVERYWHERE,))}


def ways(egress: Mapping[str, Way]) -> str:
    """Return what is reached, such as `port 443 of any address, port 5432 of 10.0.0.0/16`."""
    return ", ".join(str(way) for way in egress.values())


def told(owners: Mapping[str, Mapping[str, Way]]) -> Iterator[str]:
    """Return what each one, by name, reaches on AWS; equal ones share a sentence."""
    alike: dict[str, list[str]] = {}
    for name, egress in owners.items():
        alike.setdefault(ways(egress), []).append(name)
    for words, names in alike.items():
        subject = " and ".join(names)
        yield f"on AWS {subject} {'reaches' if len(names) == 1 else 'reach'} only {words}"
