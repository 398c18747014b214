"""Tell a grower: `curl --json '{"alcohol": 14.2, "color_intensity": 5.6, "proline": 1065}' URL/predict`."""

import joblib
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
model = joblib.load("model.joblib")


class Wine(BaseModel):
    alcohol: float
    color_intensity: float
    proline: float


@app.get("/health")
def health():
    return {"status": "ok"}


@app.post("/predict")
def predict(wine: Wine):
    shares = model.predict_proba([[wine.alcohol, wine.color_intensity, wine.proline]])[0]
    return {"grower": int(shares.argmax()), "share": round(float(shares.max()), 3)}
