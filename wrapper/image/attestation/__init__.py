"""What is said of an image beside itself: what is in it (CycloneDX) and how it was made (SLSA provenance).

Neither is signed: both are as good as the bucket and the registry that they are kept in.
"""

from wrapper.image.attestation.attached import attach
from wrapper.image.attestation.build import Build, attest
from wrapper.image.attestation.document import PROVENANCE, SBOM, Attestation
from wrapper.image.attestation.kept import copy, find, keep

__all__ = ["PROVENANCE", "SBOM", "Attestation", "Build", "attach", "attest", "copy", "find", "keep"]
