"""One part that nobody declared, the states that declare the others, and the call that removes it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from wrapper.aws.client import Aws, code_of, explained

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

Values = Mapping[str, Any]
# What AWS says of what is not there, or not any more.
_GONE = {
    "CertificateNotFound",
    "ClusterNotFoundException",
    "InvalidPermission.NotFound",
    "InvalidRoute.NotFound",
    "InvalidSecurityGroupRuleId.NotFound",
    "InvalidVpcEndpointId.NotFound",
    "InvalidVpcPeeringConnectionID.NotFound",
    "ListenerNotFound",
    "LoadBalancerNotFound",
    "NoSuchEntity",
    "NotFound",
    "NotFoundException",
    "ObjectNotFoundException",
    "RepositoryPolicyNotFoundException",
    "ResourceNotFoundException",
    "RuleNotFound",
    "ServiceNotActiveException",
    "ServiceNotFoundException",
    "TargetGroupNotFound",
}


class Call(NamedTuple):
    """A call of one of the clients of `Aws`, by name."""

    client: str
    operation: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Addition:
    """A part of the resource at `address` that no state declares.

    `attribute` is the resource's attribute in which Terraform shows it, `content` its value and `sentence`
    its description. `opens` says whether it gives permissions to anybody, or admits anybody.
    """

    stack: str
    address: str
    type: str
    names: tuple[str, ...]
    attribute: str
    content: Any
    sentence: str
    opens: bool
    undo: Call


class Thing(NamedTuple):
    """A resource of a state; None for an attribute that it lacks."""

    stack: str
    address: str
    type: str
    values: Values

    @property
    def names(self) -> tuple[str, ...]:
        found = (self.values.get(key) for key in ("arn", "id", "name"))
        return tuple(dict.fromkeys(each for each in found if isinstance(each, str) and each))

    def with_(self, *, attribute: str, content: Any, sentence: str, opens: bool, undo: Call) -> Addition:
        """Return what was added to this resource."""
        return Addition(
            stack=self.stack,
            address=self.address,
            type=self.type,
            names=self.names,
            attribute=attribute,
            content=content,
            sentence=sentence,
            opens=opens,
            undo=undo,
        )


class States:
    """The resources in the states of one environment; `tags` separate its parts from those of others."""

    def __init__(
        self,
        states: Mapping[str, Iterable[Mapping[str, Any]]],
        *,
        tags: Mapping[str, str],
        planned: Iterable[tuple[str, Values]] = (),
    ) -> None:
        """Take resources by stack, as a plan writes those that it leaves alone.

        `planned` are types and values of what a plan makes or imports: it declares them as a state does, and
        a kill may have left them there.
        """
        self.tags = tags
        self._planned: dict[str, list[Values]] = {}
        for kind, values in planned:
            self._planned.setdefault(kind, []).append(values)
        self._things: dict[str, list[Thing]] = {}
        for stack, resources in states.items():
            for each in resources:
                thing = Thing(stack, each["address"], each["type"], each["change"]["after"])
                self._things.setdefault(thing.type, []).append(thing)

    def is_of_neighbour(self, tags: Mapping[str, str]) -> bool:
        """Return whether these are the tags of another environment of the project."""
        ours = self.tags
        return tags.get("project") == ours["project"] and tags.get("environment", "") not in (
            "",
            ours["environment"],
        )

    def of_type(self, *kinds: str, stack: str) -> list[Thing]:
        """Return the resources of one stack, of these types."""
        return [each for kind in kinds for each in self._things.get(kind, []) if each.stack == stack]

    def declared(self, kind: str, attribute: str, **of: Any) -> set[Any]:
        """Return an attribute of the resources of a type, in whichever state, whose others are as in `of`."""
        recorded = [each.values for each in self._things.get(kind, [])]
        return {
            values.get(attribute)
            for values in (*recorded, *self._planned.get(kind, []))
            if all(values.get(key) == value for key, value in of.items())
        }


def is_gone(error: "ClientError") -> bool:
    """Say whether the error means that something does not exist."""
    return code_of(error) in _GONE


def take_back(aws: Aws, found: Sequence[Addition]) -> Iterator[Addition]:
    """Remove each, and yield it; what is already gone is no error. Raises WrapperError."""
    from botocore.exceptions import ClientError

    for each in found:
        client, operation, parameters = each.undo
        with explained():
            try:
                getattr(getattr(aws, client), operation)(**parameters)
            except ClientError as error:
                if not is_gone(error):
                    raise
        yield each
