"""What the wrapper writes into a process image and the emulator's runtime reads out of it."""

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
# Not compressed: the same files give the same bytes whatever zlib a machine has.
LAYER = "application/vnd.oci.image.layer.v1.tar"
# The label of process images, which containers' images do not have.
KIND = "process-image.format"
VERSION = "1"
# Labels: which Python packages it has, and where Docker would have them.
PACKAGES, PLACES = "process-image.packages", "process-image.places"
