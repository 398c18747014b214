"""What a rollback needs: the images, models and task definitions of releases."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from wrapper.releases import TAG_PREFIX, Release
from wrapper.review.finding import Circumstances, Finding, Level
from wrapper.review.values import COMING, GOING, blocks, number, of_type
from wrapper.terraform.plan import Plan

_LIFECYCLE = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html"
_REPOSITORY = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-delete.html"
_EXPIRY = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html"
# The number of images that a repository can contain: a rule for more never acts.
_ALL = 100_000
_REVISION = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deregister-task-definition-v2.html"


def rollback_expires(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Find what removes, or lets expire, something that an earlier release needs to run again."""
    level = circumstances.worst_unless_disposable()
    for address, sentence, page, numbers in (*_images(plan, circumstances), *_models(plan, circumstances)):
        if numbers:
            yield Finding(
                rule="rollback-expires",
                level=level,
                address=address,
                sentence=f"{sentence} {_named(numbers)} could not be rolled back to.",
                page=page,
            )
    for resource in of_type(plan, GOING, "aws_ecs_task_definition"):
        before = resource.before or {}
        numbers = [
            each.number
            for each in circumstances.releases
            if before.get("arn") in each.task_definitions.values()
        ]
        if numbers and not before.get("skip_destroy"):
            yield Finding(
                rule="rollback-expires",
                level=Level.WARN,
                address=resource.address,
                sentence=f"Its revision is deregistered, which {_named(numbers).lower()} ran; "
                "ECS itself cannot go back to it.",
                page=_REVISION,
            )


Loss = tuple[str, str, str, list[int]]


def _images(plan: Plan, circumstances: Circumstances) -> Iterator[Loss]:
    releases = circumstances.releases
    for resource in of_type(plan, GOING, "aws_ecr_repository"):
        name = (resource.before or {}).get("name")
        yield resource.address, "Its images are deleted:", _REPOSITORY, _of_repository(releases, name)
    for resource in of_type(plan, COMING, "aws_ecr_lifecycle_policy"):
        if _expires_released(resource.after) and not _expires_released(resource.before):
            name = (resource.after or {}).get("repository")
            sentence = "It lets tagged images expire, also released ones:"
            yield resource.address, sentence, _LIFECYCLE, _of_repository(releases, name)


def _models(plan: Plan, circumstances: Circumstances) -> Iterator[Loss]:
    numbers = [
        release.number
        for release in circumstances.releases
        if any(service.model for service in release.services.values())
    ]
    for resource in of_type(plan, GOING, "aws_s3_bucket"):
        if (resource.before or {}).get("bucket") == circumstances.model_bucket:
            yield resource.address, "Its models are deleted:", _EXPIRY, numbers
    for resource in of_type(plan, COMING, "aws_s3_bucket_lifecycle_configuration"):
        is_ours = (resource.after or {}).get("bucket") == circumstances.model_bucket
        if is_ours and _expires_current(resource.after) and not _expires_current(resource.before):
            yield resource.address, "It lets the models expire:", _EXPIRY, numbers


def _expires_released(policy: Mapping[str, Any] | None) -> bool:
    """Return whether a rule reaches released images: no later rule can expire what an earlier one selects."""
    rules = [rule for document in blocks(policy, "policy") for rule in blocks(document, "rules")]
    for rule in sorted(rules, key=lambda each: number(each, "rulePriority") or 0):
        for selection in blocks(rule, "selection"):
            if selection.get("tagPrefixList") == [TAG_PREFIX] and selection.get("countNumber") == _ALL:
                return False
            if selection.get("tagStatus") != "untagged":
                return True
    return False


def _expires_current(values: Mapping[str, Any] | None) -> bool:
    """Return whether objects expire that nobody has replaced; older versions of an object may expire."""
    enabled = [rule for rule in blocks(values, "rule") if rule.get("status") == "Enabled"]
    ends = [end for rule in enabled for end in blocks(rule, "expiration")]
    return any(end.get("days") or end.get("date") for end in ends)


def _of_repository(releases: Iterable[Release], name: object) -> list[int]:
    """Return the releases that run an image of the repository."""
    return [
        release.number
        for release in releases
        if name in [_repository(service.image) for service in release.services.values()]
    ]


def _repository(image: str) -> str:
    """Return the repository of an image, without registry and digest."""
    return image.partition("/")[2].partition("@")[0]


def _named(numbers: list[int]) -> str:
    listed = ", ".join(str(number) for number in sorted(numbers))
    return f"Release {listed}" if len(numbers) == 1 else f"Releases {listed}"
