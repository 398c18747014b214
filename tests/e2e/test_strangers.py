"""A cluster with the environment's name exists before: apply refuses it, destroy leaves it alone."""

import pytest

from tests.e2e.conftest import Clone
from wrapper.aws.client import Aws

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

NAME = "recommender-dev"


def test_a_strangers_cluster_is_never_taken_over_nor_destroyed(clone: Clone) -> None:
    """AWS would return it as if it had just been created: the name is reported before anything is changed."""
    assert clone.wrapper("sandbox", "up", "dev").returncode == 0
    aws = clone.aws()
    aws.ecs.create_cluster(clusterName=NAME, settings=[{"name": "containerInsights", "value": "enabled"}])
    before = described(aws)
    refused = clone.wrapper("apply", "dev")
    assert refused.returncode == 10
    assert f"cluster {NAME}" in refused.stderr
    assert "give `project` or the file another name" in refused.stderr
    assert aws.s3.list_buckets()["Buckets"] == []
    destroyed = clone.wrapper("destroy", "dev", "--yes")
    assert destroyed.returncode == 0, destroyed.stderr
    assert f"Not touched, because no apply of dev created it: ecs cluster {NAME}." in destroyed.stdout
    assert described(aws) == before


def described(aws: Aws) -> str:
    return str(aws.ecs.describe_clusters(clusters=[NAME], include=["SETTINGS", "TAGS"])["clusters"])
