"""Write the pictures in docs/pictures and the samples in the pages: `python -m tests.pictures`."""

from tests.pictures.drawn import FOLDER, pictures
from tests.pictures.samples import PAGES, current

for name, text in pictures().items():
    (FOLDER / name).write_text(text, encoding="utf-8")
    print(FOLDER / name)
for page in PAGES:
    page.write_text(current(page.read_text("utf-8")), encoding="utf-8")
