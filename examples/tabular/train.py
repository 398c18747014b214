"""Predict how diabetes progresses within a year from ten measurements: a linear model, as a file of its own.

python examples/tabular/train.py examples/tabular/model.json
"""

import json
import sys
from pathlib import Path

from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression

patients = load_diabetes(scaled=False)
model = LinearRegression().fit(patients.data, patients.target)
factors = dict(zip(patients.feature_names, (round(float(each), 6) for each in model.coef_), strict=True))
written = {"intercept": round(float(model.intercept_), 6), "factors": factors}
Path(sys.argv[1]).write_text(json.dumps(written, indent=1) + "\n")
print(f"explains {model.score(patients.data, patients.target):.1%} of the variance")
