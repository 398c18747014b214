"""The meaning of botocore's errors, in one sentence with a fix: whose fault, which call, which request."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wrapper.errors import PreconditionError, WrapperError

if TYPE_CHECKING:
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

SIGN_IN = "sign in again (aws sso login, or new AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), then repeat"
REGION = "compare the environment's region with the resource's region"
PERMISSION = "give these credentials the permission, or use others (AWS_PROFILE)"
REACH = "check the network, the proxy settings and the environment's region"
CLOCK = "set this machine's clock: AWS refuses calls that are more than some minutes off (timedatectl)"
SANDBOX_REACH = "start the sandbox (python -m wrapper sandbox up) or read its log (sandbox logs)"

# Error codes with the same meaning, which differ by service.
CAUSES: dict[str, tuple[str, ...]] = {
    SIGN_IN: (
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnrecognizedClientException",
    ),
    REGION: (
        "AuthorizationHeaderMalformed",
        "IllegalLocationConstraintException",
        "OptInRequired",
        "PermanentRedirect",
    ),
    PERMISSION: ("AccessDenied", "AccessDeniedException", "UnauthorizedException", "UnauthorizedOperation"),
}
# What AWS says of a call that was signed at another time than its own, under codes for wrong keys as well.
_SKEWED = (
    "Signature expired",
    "Signature not yet current",
    "difference between the request time and the current time",
)
FIXES = {code: fix for fix, codes in CAUSES.items() for code in codes}


def explain(
    error: "BotoCoreError | Boto3Error | ClientError", *, otherwise: type[WrapperError] = PreconditionError
) -> WrapperError:
    """Turn a botocore error into one sentence with a fix.

    What the user's set-up causes (credentials, permission, region, network) is a PreconditionError; anything
    else is of the class `otherwise`, which the calling step chooses.
    """
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import ClientError

    # A managed transfer wraps S3's error, once or several times, and keeps it only as the context.
    cause: BaseException | None = error
    while isinstance(error, Boto3Error) and cause and not isinstance(cause, ClientError):
        cause = cause.__context__
    if isinstance(cause, ClientError):
        return _explain_answer(cause, otherwise)
    return _explain_failure(error, otherwise)


@contextmanager
def explained(otherwise: type[WrapperError] = PreconditionError) -> Iterator[None]:
    """Replace any botocore or boto3 error inside the block by what `explain` returns."""
    try:
        yield
    except _failures() as error:
        raise explain(error, otherwise=otherwise) from error


def code_of(error: "ClientError") -> str:
    """Return AWS's error code, such as `NoSuchBucket`."""
    return error.response.get("Error", {}).get("Code", "Unknown")


def _failures() -> "tuple[type[BotoCoreError], type[Boto3Error], type[ClientError]]":
    """Name the errors only when there is one: importing boto3 takes a while."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    return BotoCoreError, Boto3Error, ClientError


def _explain_answer(error: "ClientError", otherwise: type[WrapperError]) -> WrapperError:
    code = code_of(error)
    metadata = error.response.get("ResponseMetadata", {})
    service = str(metadata.get("Service", "AWS"))
    request = metadata.get("RequestId") or "none"
    message = error.response.get("Error", {}).get("Message", "").strip().rstrip(".") or "no message"
    fix = CLOCK if any(words in message for words in _SKEWED) else FIXES.get(code)
    kind = PreconditionError if fix else otherwise
    return kind(
        f"{service} {error.operation_name} failed with {code}: {message} (request {request}).", fix=fix
    )


def _explain_failure(error: Exception, otherwise: type[WrapperError]) -> WrapperError:
    from botocore import exceptions as failures

    said = str(error).strip().rstrip(".")
    if isinstance(error, failures.NoCredentialsError | failures.PartialCredentialsError):
        return PreconditionError(
            f"No AWS credentials were found: {said}.",
            fix="set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run aws configure",
        )
    if isinstance(error, failures.ProfileNotFound):
        return PreconditionError(f"{said}.", fix="set AWS_PROFILE to one of: aws configure list-profiles")
    if isinstance(
        error, failures.SSOError | failures.TokenRetrievalError | failures.CredentialRetrievalError
    ):
        return PreconditionError(f"AWS credentials cannot be renewed: {said}.", fix=SIGN_IN)
    if isinstance(error, failures.InvalidRegionError | failures.NoRegionError):
        return PreconditionError(f"{said}.", fix=REGION)
    if isinstance(error, failures.HTTPClientError | failures.ConnectionError):
        url = str(error.kwargs.get("endpoint_url") or "")
        fix = SANDBOX_REACH if url.startswith("http://") else REACH
        return PreconditionError(f"AWS did not answer: {said}.", fix=fix)
    return otherwise(f"{said}.")
