"""The tests' S3 as a process of its own, which prints its endpoint: `… s3 FOLDER BUCKET/PREFIX`."""

import sys
import threading
from pathlib import Path

from tests.service.s3 import serve


def main(folder: Path, prefix: str) -> None:
    with serve() as s3:
        s3.objects = {f"{prefix}/{path.name}": path.read_bytes() for path in folder.iterdir()}
        print(s3.endpoint, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
