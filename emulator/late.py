"""Let lists name what is gone for a while, as AWS's do: ListBuckets, and the tagging API's GetResources.

What is asked for by its own name is gone at once, as on AWS nearly always.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from xml.etree.ElementTree import SubElement, fromstring, tostring

from ministack.services import s3, tagging

from emulator.patching import wrap
from emulator.replies import Response

Tagged = tuple[str, list[dict[str, str]]]


def lists(seconds: float) -> None:
    """Keep what is gone in both lists for so many seconds."""
    if seconds:
        _late_buckets(seconds)
        _late_tags(seconds)


def _late_buckets(seconds: float) -> None:
    gone: dict[str, float] = {}

    def delete(original: Callable[..., Response], name: str) -> Response:
        response = original(name)
        if response[0] < 300:
            gone[name] = time.monotonic()
        return response

    def listed(original: Callable[..., Response], *arguments: object, **options: object) -> Response:
        status, headers, body = original(*arguments, **options)
        root = fromstring(body)
        space = root.tag.partition("}")[0] + "}"
        buckets = root.find(f"{space}Buckets")
        if buckets is None:
            return status, headers, body
        there = {each.findtext(f"{space}Name") for each in buckets}
        for name, at in gone.items():
            if name not in there and time.monotonic() - at < seconds:
                SubElement(SubElement(buckets, f"{space}Bucket"), f"{space}Name").text = name
        return status, headers, tostring(root)

    wrap(s3, "_delete_bucket", delete)
    wrap(s3, "_list_buckets", listed)


def _late_tags(seconds: float) -> None:
    for service, collect in tagging._COLLECTORS.items():
        tagging._COLLECTORS[service] = _Memory(collect, seconds)


class _Memory:
    """A collector of tagged things that forgets late: so long after the first call that misses a thing."""

    def __init__(self, collect: Callable[[], Iterable[Tagged]], seconds: float) -> None:
        self._collect = collect
        self._seconds = seconds
        self._seen: dict[str, list[dict[str, str]]] = {}
        self._missed: dict[str, float] = {}

    def __call__(self) -> Iterator[Tagged]:
        there = dict(self._collect())
        self._seen |= there
        now = time.monotonic()
        for arn in [*self._seen]:
            if arn in there:
                self._missed.pop(arn, None)
            elif now - self._missed.setdefault(arn, now) >= self._seconds:
                del self._seen[arn], self._missed[arn]
        yield from [*self._seen.items()]
