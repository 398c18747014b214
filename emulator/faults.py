"""Inject faults: refuse a share of the AWS calls before they have any effect.

Half of the refusals are throttling, half server errors, each in the form of the service's protocol.
"""

from random import Random

from emulator.asgi import App, Message, Receive, Send
from emulator.refusal import protocol_of, refuse, service_of

_THROTTLED = {
    "s3": (503, "SlowDown"),
    "ec2": (400, "RequestLimitExceeded"),
    "query": (400, "Throttling"),
    "json": (400, "ThrottlingException"),
}
_FAILED = {
    "s3": (500, "InternalError"),
    "ec2": (500, "InternalFailure"),
    "query": (500, "InternalFailure"),
    "json": (500, "InternalServerException"),
}


def refusing(app: App, *, percent: float) -> App:
    """Answer `percent` of the signed requests with an error, and pass the others to the app."""
    if not percent:
        return app
    dice = Random(0)

    async def sometimes(scope: Message, receive: Receive, send: Send) -> None:
        if service_of(scope) and dice.random() * 100 < percent:
            is_throttled = dice.random() < 0.5
            status, code = (_THROTTLED if is_throttled else _FAILED)[protocol_of(scope)]
            message = "Rate exceeded" if is_throttled else "An internal error has occurred"
            await refuse(scope, receive, send, status=status, code=code, message=message)
        else:
            await app(scope, receive, send)

    return sometimes
