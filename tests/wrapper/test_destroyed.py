"""The last lines of a destroy."""

from tests.wrapper.review.planned import environment
from wrapper.inventory import Resource
from wrapper.review import bound_of_types
from wrapper.verbs.destroy import Destroyed

VPC = Resource(service="ec2", kind="vpc", name="films-dev", arn="vpc-1")
BOUND = bound_of_types(["aws_vpc"], environment("dev"), stacks=2)


def test_the_time_stands_beside_its_bound() -> None:
    """They are in the text and in the JSON."""
    done = Destroyed(environment="dev", before=[VPC], left=[], seconds=31.4, bound=BOUND)
    assert done.text() == (
        f"dev: nothing is left of 1 resource with its name. It took 31 s; the bound was {BOUND.seconds} s."
    )
    assert (done.as_json()["seconds"], done.as_json()["bound_seconds"]) == (31.4, BOUND.seconds)


def test_nothing_to_destroy_takes_no_time() -> None:
    """There is no bound then."""
    done = Destroyed(environment="dev", before=[], left=[])
    assert done.text() == "dev: there was nothing to destroy."
    assert done.as_json()["bound_seconds"] is None
