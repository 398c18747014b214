"""Buckets, repositories and log groups that would be deleted."""

import pytest

from tests.wrapper.review.planned import change, created, found, plan
from wrapper.review.rules import data_loss

FORCED = {"force_destroy": True}


def test_a_destroyed_bucket_blocks() -> None:
    """Its objects are the models."""
    seen = plan(change("aws_s3_bucket", "delete", before=FORCED))
    assert found(data_loss, seen) == [("block", "It is destroyed: its objects are lost.")]


def test_a_replaced_repository_blocks() -> None:
    """The new one is empty, and a rollback needs the old images."""
    seen = plan(
        change("aws_ecr_repository", "delete", "create", before={"force_delete": True}, after={"name": "b"})
    )
    assert found(data_loss, seen) == [
        ("block", "It is replaced by an empty one: its images are lost."),
    ]


def test_a_disposable_environment_is_only_warned() -> None:
    """Its data may be deleted."""
    seen = plan(change("aws_cloudwatch_log_group", "delete", before={"name": "a"}))
    assert found(data_loss, seen, disposable=True) == [("warn", "It is destroyed: its log lines are lost.")]


def test_a_log_group_that_terraform_leaves_alone_is_a_note() -> None:
    """skip_destroy keeps it in AWS."""
    seen = plan(change("aws_cloudwatch_log_group", "delete", before={"skip_destroy": True}))
    assert found(data_loss, seen) == [("note", "Terraform gives it up; AWS keeps it with its log lines.")]


def test_a_bucket_without_force_says_that_the_apply_stops() -> None:
    """AWS refuses to delete what is not empty."""
    seen = plan(change("aws_s3_bucket", "delete", before={"force_destroy": False}))
    assert "fails there while it contains objects" in found(data_loss, seen)[0][1]


@pytest.mark.parametrize("kind", ["aws_s3_bucket", "aws_lb"])
def test_what_comes_or_holds_nothing_is_no_loss(kind: str) -> None:
    """A new bucket loses nothing; a load balancer contains no data."""
    assert found(data_loss, plan(created(kind, FORCED))) == []
    assert found(data_loss, plan(change("aws_lb", "delete", before={"name": "a"}))) == []
