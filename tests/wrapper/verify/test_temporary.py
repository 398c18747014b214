"""Containers that can't write to /tmp on Fargate."""

from pathlib import Path
from typing import Any

import pytest

from tests.wrapper import stack as stacks
from wrapper.aws.client import Aws, Credentials
from wrapper.delivery.verify import Finding, Scene, look
from wrapper.delivery.verify.temporary import temporary_folders
from wrapper.environment import Job, Service

NOBODY = "FROM x AS safe\nUSER 1000\nVOLUME /tmp\nFROM x\nUSER 1000\n"
BUILT = {"context": "."}


def findings(root: Path, *, jobs: dict[str, Any] | None = None, **web: Any) -> tuple[Finding, ...]:
    """Check a service from a Dockerfile whose last stage can't write, with other keys."""
    (root / "Dockerfile").write_text(NOBODY)
    service = Service.model_validate({"image": BUILT, **web}, strict=False)
    environment = stacks.environment("prod", target="aws").model_copy(
        update={
            "services": {"web": service},
            "jobs": {name: Job.model_validate(each, strict=False) for name, each in (jobs or {}).items()},
        }
    )
    aws = Aws(region="eu-west-1", credentials=Credentials("key", "secret"))
    scene = Scene(
        aws=aws, environment=environment, release=None, managed=frozenset(), sandbox=False, root=root
    )
    return look(scene, [temporary_folders])


def test_a_user_without_a_volume_is_warned_of_with_both_ways_out(tmp_path: Path) -> None:
    """On AWS alone, the task would end at its first temporary file; the message has both fixes."""
    (found,) = findings(tmp_path)
    assert found == Finding(
        level="warn",
        subject="services.web.image",
        detail="should declare /tmp as a volume: otherwise user 1000 cannot write to it on Fargate.",
        fix="add VOLUME /tmp to the Dockerfile's stage, or give services.web.tmp_mib",
    )


@pytest.mark.parametrize(
    "web",
    [
        {"image": {"context": ".", "target": "safe"}},
        {"tmp_mib": 64},
        {"capacity": {"ec2": "large"}},
        {"image": {"context": ".", "target": "gone"}},
        {"image": {"context": "nowhere"}},
    ],
)
def test_what_can_write_or_cannot_be_read_is_no_finding(tmp_path: Path, web: dict[str, Any]) -> None:
    """An invalid Dockerfile is reported when it is built."""
    assert findings(tmp_path, **web) == ()


def test_sidecars_and_jobs_are_looked_at_as_well(tmp_path: Path) -> None:
    """Each has its own user and image, which may be the service's; a log router is root."""
    found = findings(
        tmp_path,
        tmp_mib=64,
        sidecars={
            "init": {"command": ["x"]},
            "root": {"user": "0"},
            "other": {"user": "7"},
            "router": {"firelens": "fluentbit"},
            "memory": {"tmp_mib": 8},
        },
        jobs={"same": {"image": {"service": "web"}}, "safe": {"image": {"context": ".", "target": "safe"}}},
    )
    assert [(each.subject, each.detail.split()[8]) for each in found] == [
        ("services.web.sidecars.init.image", "1000"),
        ("services.web.sidecars.other.image", "7"),
        ("jobs.same.image", "1000"),
    ]
