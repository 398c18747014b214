"""The format of a process image, which the wrapper writes and the emulator's runtime reads."""

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
# Not compressed, so that the same files give the same bytes with every version of zlib.
LAYER = "application/vnd.oci.image.layer.v1.tar"
# Only process images have this label.
KIND = "process-image.format"
VERSION = "1"
# Labels: the key of its Python packages, and the folders into which Docker would install them.
PACKAGES, PLACES = "process-image.packages", "process-image.places"
