"""The bodies of requests and answers, as OpenAPI shows them."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from service.artifact_format import ID_PATTERN, MAX_TOP, READY


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True)


class Problem(_Body):
    """The body of every answer whose status is not 200."""

    success: Literal[False] = False
    error: Annotated[str, Field(description="A word for programs.", examples=["unknown_user"])]
    message: Annotated[str, Field(description="A sentence for people.")]


# Not a tuple: many OpenAPI tools do not support its `prefixItems`.
Row = Annotated[list[str | float], Field(min_length=3, max_length=3, description="Item id, title and score.")]


class Answer(_Body):
    """The answer of `GET /`: rows of item id, title and score, best first."""

    success: Literal[True] = True
    uid: str
    model: Annotated[str, Field(examples=["movielens/4f0c"])]
    response: list[Row]


class Item(_Body):
    item_id: str
    title: str
    score: float


class Recommendations(_Body):
    success: Literal[True] = True
    uid: str
    model: str
    items: list[Item]


def _whole(value: object) -> object:
    """Accept 10.0 for 10: JSON has only one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Likes(BaseModel):
    """An unknown user, described by the items that they like."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    items: Annotated[
        list[Annotated[str, Field(pattern=ID_PATTERN)]],
        Field(
            min_length=1,
            max_length=1000,
            fail_fast=True,
            description="Item ids; unknown ones are left out and listed.",
        ),
    ]
    n: Annotated[int, Field(ge=1, le=MAX_TOP, strict=True), BeforeValidator(_whole)] = READY


class FoldedIn(_Body):
    success: Literal[True] = True
    model: str
    items: list[Item]
    unknown: Annotated[list[str], Field(description="Given items that the model does not have.")]


class PopularItem(_Body):
    item_id: str
    title: str
    count: Annotated[int, Field(description="How often it occurs in the training data.")]


class Popular(_Body):
    success: Literal[True] = True
    model: str
    items: list[PopularItem]


class Refused(_Body):
    """The version that the pointer names, if it is not served."""

    version: str
    error: str
    message: str


class Health(_Body):
    success: Literal[True] = True
    image: str | None
    model: str
    model_sha256: str
    mode: Literal["pinned", "follow"]
    refused: Refused | None
