"""The parts of a delivery's summary besides its services."""

import json

from wrapper.delivery.applied import Applied
from wrapper.environment.release import JobRelease

IMAGE = f"111111111111.dkr.ecr.eu-west-1.amazonaws.com/shop-dev/nightly@sha256:{'0' * 64}"
APPLIED = Applied(
    environment="dev",
    url="http://127.0.0.1:8080",
    verdicts={},
    changes=1,
    images={},
    releases={},
    seconds=1,
    jobs={"nightly": JobRelease(image=IMAGE, repository_arn=None)},
    starts={"nightly": "cron(0 3 * * ? *) in UTC"},
)


def test_jobs_are_named_with_what_starts_them() -> None:
    """A job has no answer to check, but was delivered as well."""
    assert APPLIED.rows()[1:3] == [
        ("Job", "nightly (cron(0 3 * * ? *) in UTC)"),
        ("Image", f"sha256:{'0' * 64}"),
    ]
    told = json.loads(json.dumps(APPLIED.as_json()))
    assert told["jobs"] == {"nightly": {"image": IMAGE, "starts": "cron(0 3 * * ? *) in UTC"}}
