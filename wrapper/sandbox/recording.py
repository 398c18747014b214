"""Save a sandbox's recorded calls and the callers' roles, for the judge of permissions and requests."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wrapper.aws.client import Aws, explained

Role = Mapping[str, Any]
# The step of calls that prepare or check something: they need no permissions.
ASIDE = "aside"


def save(recording: Path, roles: Mapping[str, Role], into: Path) -> int:
    """Write calls.jsonl and policies.json into a folder; return the number of calls.

    A caller's equal requests are written once: `steps` are the steps in which it was made, `step` is the
    first.
    """
    kept: dict[str, dict[str, Any]] = {}
    # If the emulator was killed while it wrote, the last line is incomplete.
    for call in map(json.loads, recording.read_bytes().rpartition(b"\n")[0].splitlines()):
        if call["step"] == ASIDE:
            continue
        same = json.dumps({key: value for key, value in call.items() if key not in ("step", "status")})
        known = kept.setdefault(same, {**call, "steps": []})
        if call["step"] not in known["steps"]:
            known["steps"].append(call["step"])
    into.mkdir(parents=True, exist_ok=True)
    (into / "calls.jsonl").write_text("".join(f"{json.dumps(call)}\n" for call in kept.values()), "utf-8")
    (into / "policies.json").write_text(json.dumps(roles, indent=1, sort_keys=True) + "\n", "utf-8")
    return len(kept)


def roles_of(aws: Aws, *, prefix: str) -> dict[str, Role]:
    """Return the roles with this prefix: `trust` is the trust policy, `policies` are documents by name."""
    with explained():
        pages = aws.iam.get_paginator("list_roles").paginate()
        found = [role for page in pages for role in page["Roles"]]
        return {
            role["RoleName"]: {
                "trust": role["AssumeRolePolicyDocument"],
                "policies": dict(_policies(aws, role["RoleName"])),
            }
            for role in sorted(found, key=lambda role: role["RoleName"])
            if role["RoleName"].startswith(f"{prefix}-")
        }


def _policies(aws: Aws, role: str) -> Iterator[tuple[str, Any]]:
    for page in aws.iam.get_paginator("list_role_policies").paginate(RoleName=role):
        for name in page["PolicyNames"]:
            yield name, aws.iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    for attached_page in aws.iam.get_paginator("list_attached_role_policies").paginate(RoleName=role):
        for attached in attached_page["AttachedPolicies"]:
            arn = attached["PolicyArn"]
            version = aws.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            found = aws.iam.get_policy_version(PolicyArn=arn, VersionId=version)
            yield attached["PolicyName"], found["PolicyVersion"]["Document"]
