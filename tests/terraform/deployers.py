"""GitHub's workflows' roles from the current Terraform code: who may assume them, and permissions."""

import json
import re
from typing import Any

import tftest

from tests.terraform.roots import planned
from wrapper.aws.judge.judgement import Recording
from wrapper.aws.judge.rights import Memory
from wrapper.aws.judge.wire import read

_CLASSIC = re.compile(r'"repo:([^:@"]+/[^:@"]+):')
_IMMUTABLE = re.compile(r'"repo:[^:@"]+@(\d+)/[^:@"]+@(\d+):')
_WHERE = re.compile(r'\.aws_iam_role_policy_attachment\.(\w+)\["(?:(\w+)/)?(\w+)"\]$')


def deployers(plan: tftest.TerraformPlanOutput) -> dict[str, dict[str, Any]]:
    """Return `trust` and `policies` of each role by its name.

    Policies get ARNs only in an apply, so the keys of the attachments say which role has which.
    """
    roles = planned(plan, "aws_iam_role").values()
    prefix = re.sub(r"plan$", "", next(role["name"] for role in roles if role["name"].endswith("-plan")))
    found: dict[str, dict[str, Any]] = {
        role["name"]: {"trust": json.loads(role["assume_role_policy"]), "policies": {}} for role in roles
    }
    documents = {
        address.partition('["')[2].removesuffix('"]') or address.rpartition(".")[2]: values
        for address, values in planned(plan, "aws_iam_policy").items()
    }
    for address, values in planned(plan, "aws_iam_role_policy_attachment").items():
        where = _WHERE.search(address)
        assert where, address
        _, _, key = where.groups()
        policy = documents[key]
        found[values["role"]]["policies"][policy["name"]] = json.loads(policy["policy"])
    for values in planned(plan, "aws_iam_role_policy").values():
        found[values["role"]]["policies"][values["name"]] = json.loads(values["policy"])
    assert all(role["policies"] and name.startswith(prefix) for name, role in found.items())
    return dict(sorted(found.items()))


def inputs_of(recording: Recording) -> dict[str, Any]:
    """Return the github stack's inputs for the environment of a recording."""
    plan = next(name for name in recording.roles if name.endswith("-github-plan"))
    subjects = json.dumps(recording.roles[plan]["trust"])
    classic, immutable = _CLASSIC.search(subjects), _IMMUTABLE.search(subjects)
    assert classic, subjects
    calls = [read(line) for line in recording.lines if "action" not in line]
    tags = Memory(calls, recording.account).tags
    ids = {"owner_id": int(immutable[1]), "repository_id": int(immutable[2])} if immutable else {}
    return {
        "project": tags["project"],
        "environment": tags["environment"],
        "region": calls[0].region,
        "account_id": recording.account,
        "sandbox": False,
        "disposable": False,
        "github": {"repository": classic[1], **ids},
    }
