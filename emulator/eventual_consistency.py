"""Eventually consistent lists: for a while, ListBuckets and GetResources still contain what was deleted.

The second is the tagging API's. A request for a deleted resource by its name fails at once, as nearly always
on AWS.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from xml.etree.ElementTree import SubElement, fromstring, tostring

from ministack.services import s3, tagging

from emulator.patching import wrap
from emulator.replies import Response

Tagged = tuple[str, list[dict[str, str]]]


def delay_lists(seconds: float) -> None:
    """Keep deleted buckets and tagged resources in both lists for so many seconds; 0 changes nothing."""
    if seconds:
        _delay_buckets(seconds)
        _delay_tags(seconds)


def _delay_buckets(seconds: float) -> None:
    deleted_at: dict[str, float] = {}

    def delete(original: Callable[..., Response], name: str) -> Response:
        response = original(name)
        if response[0] < 300:
            deleted_at[name] = time.monotonic()
        return response

    def listed(original: Callable[..., Response], *arguments: object, **options: object) -> Response:
        status, headers, body = original(*arguments, **options)
        root = fromstring(body)
        space = root.tag.partition("}")[0] + "}"
        buckets = root.find(f"{space}Buckets")
        if buckets is None:
            return status, headers, body
        existing = {each.findtext(f"{space}Name") for each in buckets}
        for name, at in deleted_at.items():
            if name not in existing and time.monotonic() - at < seconds:
                SubElement(SubElement(buckets, f"{space}Bucket"), f"{space}Name").text = name
        return status, headers, tostring(root)

    wrap(s3, "_delete_bucket", delete)
    wrap(s3, "_list_buckets", listed)


def _delay_tags(seconds: float) -> None:
    for service, collect in tagging._COLLECTORS.items():
        tagging._COLLECTORS[service] = _DelayedCollector(collect, seconds)


class _DelayedCollector:
    """A collector of tagged resources that keeps each for so many seconds after the first call without it."""

    def __init__(self, collect: Callable[[], Iterable[Tagged]], seconds: float) -> None:
        self._collect = collect
        self._seconds = seconds
        self._seen: dict[str, list[dict[str, str]]] = {}
        self._missed: dict[str, float] = {}

    def __call__(self) -> Iterator[Tagged]:
        existing = dict(self._collect())
        self._seen |= existing
        now = time.monotonic()
        for arn in [*self._seen]:
            if arn in existing:
                self._missed.pop(arn, None)
            elif now - self._missed.setdefault(arn, now) >= self._seconds:
                del self._seen[arn], self._missed[arn]
        yield from [*self._seen.items()]
