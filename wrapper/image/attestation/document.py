"""One attestation: a JSON document about an image."""

import json
from dataclasses import dataclass

# The media types by which registries distinguish them.
MEDIA_TYPES = {"sbom": "application/vnd.cyclonedx+json", "provenance": "application/vnd.in-toto+json"}
SBOM, PROVENANCE = MEDIA_TYPES
# The key and the value that each kind of document must have.
_MARKS = {SBOM: ("bomFormat", "CycloneDX"), PROVENANCE: ("_type", "https://in-toto.io/Statement/v1")}


@dataclass(frozen=True, kw_only=True)
class Attestation:
    """`kind` is SBOM or PROVENANCE, `content` the JSON document's bytes."""

    kind: str
    content: bytes

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.kind]

    @property
    def is_whole(self) -> bool:
        """Return whether it is JSON of its kind."""
        try:
            document = json.loads(self.content)
        except (ValueError, RecursionError):
            return False
        key, value = _MARKS[self.kind]
        return isinstance(document, dict) and document.get(key) == value
