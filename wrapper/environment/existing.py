"""Existing resources that an environment uses: they are read, but never changed or destroyed."""

from pydantic import Field

from wrapper.environment.block import Block
from wrapper.environment.fields import Text


class ExistingAlb(Block):
    load_balancer_arn: Text = Field(
        description="The Application Load Balancer; its VPC is that of network.existing."
    )
    listener_arn: Text = Field(description="Its listener, which gets a rule for each route.")
    security_group_id: Text = Field(
        description="One of its security groups, which tasks admit; it gets a rule for each service."
    )
    url: Text = Field(
        description="Its URL, such as https://company-123.eu-west-1.elb.amazonaws.com, "
        "which the smoke test calls."
    )


class ExistingCluster(Block):
    cluster_name: Text = Field(description="The cluster's name; services and jobs run in it.")


class ExistingRepository(Block):
    repository_name: Text = Field(
        description="The repository's name, in the account and region, such as company/recommender."
    )


class ExistingBucket(Block):
    bucket: Text = Field(description="The bucket's name; models are kept below models/.")


class Models(Block):
    existing: ExistingBucket | None = Field(default=None, description="An existing bucket; null creates one.")
