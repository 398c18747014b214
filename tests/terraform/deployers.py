"""The roles of GitHub's workflows as today's Terraform code makes them, from a plan: who may be them, and their policies."""

import json
import re
from typing import Any

import tftest

from tests.terraform.roots import planned

_WHERE = re.compile(r'\.aws_iam_role_policy_attachment\.(\w+)\["(?:(\w+)/)?(\w+)"\]$')


def deployers(plan: tftest.TerraformPlanOutput) -> dict[str, dict[str, Any]]:
    """Return `trust` and `policies` of each role by its name.

    The ARNs of policies are known after the apply only: which role has which is read from the attachments' keys.
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
