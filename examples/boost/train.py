"""Tell a wine's grower by its chemistry, by boosted trees; CatBoostClassifier would fit in one line."""

import joblib
from sklearn.datasets import load_wine
from sklearn.ensemble import GradientBoostingClassifier

wines = load_wine()
model = GradientBoostingClassifier(n_estimators=50, random_state=0)
model.fit(wines.data[:, [0, 9, 12]], wines.target)  # alcohol, colour intensity, proline
joblib.dump(model, "model.joblib")
