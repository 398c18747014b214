"""Learn to read handwritten digits from the 1797 pictures of 8 by 8 pixels that scikit-learn ships."""

import joblib
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

pictures = load_digits()
known, unseen, labels, truth = train_test_split(pictures.data, pictures.target, random_state=0)
model = SVC(gamma=0.001).fit(known, labels)
print(f"{model.score(unseen, truth):.1%} of {len(truth)} unseen digits are read right")
joblib.dump(model, "model.joblib")
