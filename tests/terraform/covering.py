"""Environments in which every pair of features occurs at least once (pairwise testing)."""

from collections.abc import Mapping, Sequence

from allpairspy import AllPairs

from tests.terraform.examples import APP, CERTIFICATE, JOBS, SERVICE, Values, changed

ZONE = {"zone_id": "Z0123456789ABCDEFGHIJ", "zone_name": "example.com"}

# The levels of each factor, each with what it changes: in the stack, or in every service.
EGRESS: Mapping[str, Values] = {
    name: {"network__egress": name} for name in ("public", "nat", "nat_per_zone", "endpoints")
}
TARGET_GROUPS: Mapping[str, Sequence[str]] = {"one": ("web",), "three": ("web", "films", "search")}
COMPUTE: Mapping[str, Values] = {
    "x86_64": {"architecture": "x86_64"},
    "arm64": {"architecture": "arm64", "size": {"cpu": 1024, "memory": 2048}},
    "spot": {"capacity": {"fargate": {"weight": 1, "base": 1}, "fargate_spot": {"weight": 3}}},
    "ec2": {"capacity": {"ec2": "large"}, "size": {"cpu": 700, "memory": 900}},
}
INSTANCES: Values = {"cluster__ec2": {"large": {"instance_type": "m7i.2xlarge", "max": 2}}}
HTTPS: Mapping[str, Values] = {
    "no": {},
    "certificate": {"alb__certificate_arn": CERTIFICATE},
    "dns": {"dns": ZONE},
}
SCALING: Mapping[str, Values] = {
    "none": {"scaling": {"min": 1, "max": 1}},
    "targets": {"scaling": {"min": 1, "max": 4, "cpu_percent": 60, "requests_per_target": 500}},
    "schedule": {
        "scaling": {
            "min": 1,
            "max": 2,
            "schedule": {"morning": {"cron": "0 8 ? * MON-FRI *", "min": 2, "max": 8}},
        }
    },
    "hours": {"scaling": {"min": 1, "max": 2, "hours": {"start": "07:00", "stop": "19:00"}}},
}
JOB_TRIGGERS = {"no": None, "schedule": "nightly", "object": "retrain", "event": "told"}

# The two incompatible ones come first: otherwise the generator leaves out pairs of other levels, too.
FACTORS: Mapping[str, Mapping[str, object]] = {
    "egress": EGRESS,
    "compute": COMPUTE,
    "scaling": SCALING,
    "jobs": JOB_TRIGGERS,
    "https": HTTPS,
    "target groups": TARGET_GROUPS,
}
Row = tuple[str, ...]
# The stack refuses the two together: instances have no public address, so a public subnet gives them no
# internet.
APART = {"public", "ec2"}
ROWS: Sequence[Row] = [
    tuple(row)
    for row in AllPairs(
        [list(levels) for levels in FACTORS.values()], filter_func=lambda row: not APART.issubset(row)
    )
]


def values(row: Row) -> Values:
    """Return the inputs of the stack app for a row; its names are in the order of FACTORS."""
    egress, compute, scaling, job, https, target_groups = row
    changes = {"desired_count": None, **COMPUTE[compute], **SCALING[scaling]}
    services = {
        name: changed(SERVICE, **changes, route=_route(name)) for name in TARGET_GROUPS[target_groups]
    }
    trigger = JOB_TRIGGERS[job]
    jobs = {trigger: JOBS["jobs"][trigger]} if trigger else {}
    cluster = INSTANCES if compute == "ec2" else {}
    return changed(APP, **EGRESS[egress], **HTTPS[https], **cluster, services=services, jobs=jobs)


def _route(name: str) -> Values:
    """Give each service another kind of route; the first one has a host name, which dns requires."""
    return {
        "web": {"hosts": ["www.example.com"]},
        "films": {"hosts": ["films.example.com"], "paths": ["/films/*"]},
        "search": {},
    }[name]
