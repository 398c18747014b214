"""Defaults: those of the smallest file, and those that follow from other keys."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import pytest
import yaml

from tests.sample import ENVIRONMENTS, ROOT
from tests.wrapper.environment.clone import Clone
from wrapper.environment import Environment, Service
from wrapper.environment.fields import JOB_VARIABLES, SERVICE_VARIABLES
from wrapper.environment.reference import PAGE
from wrapper.errors import ConfigError

AWS = {"target": "aws", "region": "us-east-1", "account_id": "111111111111"}
LONGEST = {"dev": 45, "prod": 70, "staging": 70}
STACK = ROOT / "terraform" / "stacks" / "app"


def smallest() -> str:
    """Return the file that the page about environments shows."""
    found = re.search(r"^## The smallest file\n.*?^```yaml\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    assert found
    return found[1]


def of(clone: Clone, **changes: Any) -> Environment:
    clone.write_text(yaml.safe_dump(yaml.safe_load(smallest()) | changes))
    return clone.load()


def leaves(data: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the paths of all values in maps; a list is one value."""
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from leaves(value, (*path, key))
    else:
        yield path


def without(data: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    key, *rest = path
    if not rest:
        return {name: value for name, value in data.items() if name != key}
    return {**data, key: without(data[key], tuple(rest))}


def test_smallest_file_is_an_environment(clone: Clone) -> None:
    """At most eight lines give what has no default."""
    assert len(smallest().splitlines()) <= 8
    small = of(clone)
    (service,) = small.services.values()
    assert (small.region, small.account_id, small.disposable) == ("eu-west-1", "000000000000", True)
    assert (small.network.cidr, small.network.egress) == ("10.20.0.0/16", "public")
    assert small.network.availability_zones == ("eu-west-1a", "eu-west-1b")
    assert (small.alb.allowed_cidrs, small.alb.deletion_protection) == (("0.0.0.0/0",), False)
    assert (service.size.cpu, service.size.memory) == (256, 512)
    assert (service.scaling.min, service.scaling.max, service.scaling.cpu_percent) == (2, 4, 60)
    assert [(each.path, each.status) for each in service.smoke.requests] == [("/health", 200)]
    # In the form that releases keep.
    assert Service.model_validate_json(service.model_dump_json(exclude_unset=True)) == service


def test_on_aws_account_and_region_are_given(clone: Clone) -> None:
    """If both are missing, both are reported; with them the file is valid, and its data is protected."""
    clone.write_text(yaml.safe_dump(yaml.safe_load(smallest()) | {"target": "aws"}))
    assert clone.problems() == (
        "region must be set with target aws.",
        "account_id must be set with target aws.",
    )
    small = of(clone, **AWS)
    assert not small.disposable
    assert small.network.availability_zones == ("us-east-1a", "us-east-1b")


def test_a_network_that_exists_gets_neither_range_nor_zones(clone: Clone) -> None:
    """They belong to the network's owner."""
    subnets = ["subnet-0000000a", "subnet-0000000b"]
    network = {"existing": {"vpc_id": "vpc-01234567", "public_subnet_ids": subnets}}
    found = of(clone, network=network).network
    assert (found.cidr, found.availability_zones) == (None, ())


def test_two_on_aws_cannot_both_have_the_default_range(clone: Clone) -> None:
    """A file without a range has the default; in an existing VPC, or a sandbox, it has none."""
    of(clone, **AWS)
    file = (clone.environments / "dev.yaml").read_text()
    clone.write_text(file, name="prod")
    problem = "network.cidr must not overlap dev's network 10.20.0.0/16, got 10.20.0.0/16."
    assert clone.problems("prod") == (problem,)
    existing = {"existing": {"vpc_id": "vpc-01234567"}}
    clone.write_text(yaml.safe_dump(yaml.safe_load(file) | {"network": existing}))
    assert clone.load("prod").name == "prod"


@pytest.mark.parametrize(("cpu", "memory"), [(256, 512), (512, 1024), (4096, 8192), (16384, 32768)])
def test_memory_is_the_least_that_goes_with_the_cpu(clone: Clone, cpu: int, memory: int) -> None:
    """For a larger task one number is enough."""
    small = of(clone)
    (name,) = small.services
    assert clone.load("dev", f"services.{name}.size.cpu={cpu}").services[name].size.memory == memory


def test_smoke_asks_what_the_load_balancer_asks(clone: Clone) -> None:
    """This also holds if smoke sets only the time budget."""
    small = of(clone)
    (name,) = small.services
    changes = ("health.path=/up", "health.status=204,301", "smoke.latency_ms=100")
    smoke = clone.load("dev", *(f"services.{name}.{change}" for change in changes)).services[name].smoke
    assert [(each.path, each.status) for each in smoke.requests] == [("/up", 204)]
    assert smoke.latency_ms == 100


@pytest.mark.parametrize("name", sorted(LONGEST))
def test_shipped_files_leave_defaults_out(name: str, clone: Clone) -> None:
    """Without any of its keys a file means something else, or is invalid; it is short."""
    text = (ENVIRONMENTS / f"{name}.yaml").read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST[name]
    data = yaml.safe_load(text)
    clone.write_text(text, name=name)
    shipped = clone.load(name)
    for path in leaves(data):
        clone.write_text(yaml.safe_dump(without(data, path)), name=name)
        with suppress(ConfigError):
            assert clone.load(name) != shipped, ".".join(path)


@pytest.mark.parametrize(("file", "names"), [("services", SERVICE_VARIABLES), ("main", JOB_VARIABLES)])
def test_a_plan_shows_the_variables_that_the_stack_sets(file: str, names: frozenset[str]) -> None:
    """They contain no secret. The modules set the first two themselves, and refuse a file with them."""
    told = re.findall(r"\b([A-Z][A-Z0-9_]+) +=", (STACK / f"{file}.tf").read_text())
    assert set(told) | ({"IMAGE_DIGEST", "PORT"} & names) == names
