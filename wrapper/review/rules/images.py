"""Images that may be another tomorrow."""

from collections.abc import Iterator

from wrapper.plan import Mask, Plan
from wrapper.review.finding import Circumstances, Finding, Level
from wrapper.review.values import COMING, blocks, of_type

_PAGE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-considerations.html"


def image_not_pinned(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Find containers whose image is named by a tag, which may move, and not by digest."""
    for resource in of_type(plan, COMING, "aws_ecs_task_definition"):
        for container in blocks(resource.after, "container_definitions"):
            image = container.get("image")
            if isinstance(image, str) and not isinstance(image, Mask) and "@sha256:" not in image:
                yield Finding(
                    rule="image-not-pinned",
                    level=Level.WARN,
                    address=resource.address,
                    sentence=f"Image {image} is not pinned by digest: what runs may differ between tasks.",
                    page=_PAGE,
                )
