"""What a company has already and an environment uses: it is asked for, and neither changed nor destroyed."""

from pydantic import Field

from wrapper.environment.block import Block
from wrapper.environment.fields import Text


class ExistingAlb(Block):
    load_balancer_arn: Text = Field(
        description="The Application Load Balancer; its VPC is that of network.existing."
    )
    listener_arn: Text = Field(description="Its listener that gets a rule for each route.")
    security_group_id: Text = Field(
        description="A security group of it, which tasks admit; it gets a rule for each service."
    )
    url: Text = Field(
        description="Where it is called, such as https://company-123.eu-west-1.elb.amazonaws.com: the smoke "
        "test asks there."
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
    existing: ExistingBucket | None = Field(
        default=None, description="A bucket to use as it is; null makes one."
    )
