"""Read a digit from a picture: `curl -F image=@digit.png URL/predict`."""

from io import BytesIO
from typing import Annotated

import joblib
import numpy as np
from fastapi import FastAPI, File, HTTPException
from PIL import Image, UnidentifiedImageError

app = FastAPI()
model = joblib.load("model.joblib")


@app.get("/health")
def health():
    return {"status": "ok"}


@app.post("/predict")
def predict(image: Annotated[bytes, File()]):
    try:
        grey = Image.open(BytesIO(image)).convert("L").resize((8, 8))
    except UnidentifiedImageError:
        raise HTTPException(400, "image must be a picture, such as a PNG") from None
    pixels = np.asarray(grey, dtype=float).reshape(1, -1) / 255 * 16
    return {"digit": int(model.predict(pixels)[0])}
