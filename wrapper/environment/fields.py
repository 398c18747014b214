"""The types of values in an environment file, each with the message for a wrong value."""

import codecs
import re
from ipaddress import IPv4Network
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import jmespath
from pydantic import BeforeValidator, Field

from wrapper.environment.block import Fault, RefusedError, must, must_match

Positive = Annotated[int, Field(ge=1)]
NotNegative = Annotated[int, Field(ge=0)]
Percent = Annotated[int, Field(ge=1, le=100)]
Port = Annotated[int, Field(ge=1, le=65535)]
Text = Annotated[str, Field(min_length=1)]

# No hyphen at the end: the names are parts of AWS names, some of which must not end in one.
_NAME = "lower-case letters, digits and inner hyphens, beginning with a letter"
_NAMED = r"[a-z]([a-z0-9-]*[a-z0-9])?"
Name = Annotated[str, must_match(f"be {_NAME}", _NAMED)]
FileName = Annotated[str, must_match(f"be {_NAME} (it is the file's)", _NAMED)]
ServiceName = Annotated[
    str, must_match(f"be named by at most 20 {_NAME}", r"[a-z]([a-z0-9-]{0,18}[a-z0-9])?")
]
VariableName = Annotated[
    str,
    must_match("be named by letters, digits and _, not beginning with a digit", r"[A-Za-z_][A-Za-z0-9_]*"),
]
# The app stack sets these in every container: a file must not, and a plan can show their values.
SERVICE_VARIABLES = frozenset(
    {"IMAGE_DIGEST", "MODEL_LABEL", "MODEL_MODE", "MODEL_PATH", "MODEL_SHA256", "MODEL_URI", "PORT"}
)
JOB_VARIABLES = frozenset({"IMAGE_DIGEST", "MODELS_URI"})
# Both are parts of an S3 key and of a URL.
ModelName = Annotated[
    str, must_match("be at most 64 letters, digits and . _ -", r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
]
# An absolute path, not / or /tmp, which each container has; no colon, which separates a mount's parts.
FolderPath = Annotated[
    str,
    must_match(
        "be an absolute path other than / and /tmp, without a slash at the end", r"(?!/tmp$)(/[^/:\s]+)+"
    ),
]
# In YAML, 2 is the second column, and so is "2".
ColumnName = Annotated[
    str, BeforeValidator(lambda value: str(value) if type(value) is int else value), Field(min_length=1)
]


def is_name(text: str) -> bool:
    """Return whether the text can be an environment's name."""
    return re.fullmatch(_NAMED, text) is not None


def is_encoding(name: str) -> bool:
    try:
        codecs.lookup(name)
    except (LookupError, ValueError):
        return False
    return True


Encoding = Annotated[str, must("be an encoding that Python knows, such as latin-1", is_encoding)]
Region = Annotated[str, must_match("be an AWS region such as eu-west-1", r"[a-z]{2}(-[a-z]+)+-[0-9]")]


def _quoted(value: object) -> object:
    """Refuse a number where text is required; its leading zeros are already lost."""
    if type(value) is int:
        raise RefusedError([Fault("", f'be 12 digits in quotes, as in "{value:012}"', f"the number {value}")])
    return value


AccountId = Annotated[str, BeforeValidator(_quoted), must_match("be 12 digits in quotes", r"[0-9]{12}")]
SecretArn = Annotated[
    str,
    must_match(
        "be the ARN of a Secrets Manager secret or an SSM parameter, never the secret itself",
        r"arn:aws[a-z-]*:(secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:|ssm:[a-z0-9-]+:[0-9]{12}:parameter/)[^\s]+",
        secret=True,
    ),
]
TmpMib = Annotated[
    int | None,
    Field(
        description="MiB of the task's memory for /tmp; null is a volume on its disk, to which on "
        "Fargate only root can write unless the image has `VOLUME /tmp`."
    ),
]
UrlPath = Annotated[str, must_match("begin with / and contain no spaces", r"/[^\s]*")]
# The HTTP client sets the headers for the request's target and length.
_SENDERS = "host|content-length|transfer-encoding|connection"
HeaderName = Annotated[
    str,
    must_match(
        "be named by letters, digits and hyphens (Host is the route's, and lengths are the sender's)",
        rf"(?i:(?!(?:{_SENDERS})$))[A-Za-z0-9!#$%&'*+.^_`|~-]+",
    ),
]
HeaderValue = Annotated[str, must_match("be printable ASCII", r"([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)?")]
ImageReference = Annotated[
    str,
    must_match(
        "name an image by digest, as in repository@sha256:<64 hex digits> (a tag may move)",
        r"[a-z0-9][A-Za-z0-9._/:-]*@sha256:[0-9a-f]{64}",
    ),
]


def is_jmespath(text: str) -> bool:
    try:
        jmespath.compile(text)
    except jmespath.exceptions.JMESPathError:
        return False
    return True


JmesPath = Annotated[str, must("be named by a JMESPath expression (https://jmespath.org)", is_jmespath)]


def is_cidr(text: str) -> bool:
    try:
        IPv4Network(text)
    except ValueError:
        return False
    return "/" in text


def is_time_zone(name: str) -> bool:
    """Ask this machine's time zone data; without any, every name is accepted, and AWS decides."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return not available_timezones()
    return True


TimeZone = Annotated[str, must("be an IANA time zone such as Europe/Berlin", is_time_zone)]
TimeOfDay = Annotated[
    str, must_match("be a time of day from 00:00 to 23:59, in quotes", r"([01][0-9]|2[0-3]):[0-5][0-9]")
]
