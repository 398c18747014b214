"""Write the pictures in docs/pictures: `python -m tests.pictures`."""

from tests.pictures.drawn import FOLDER, pictures

for name, text in pictures().items():
    (FOLDER / name).write_text(text, encoding="utf-8")
    print(FOLDER / name)
