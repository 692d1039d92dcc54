"""Makes report_fixture.json, the figures of scikit-learn that report_test.ts compares with: python3 report_fixture.py"""

import json
import pathlib
import warnings

import numpy as np
import scipy
import scipy.stats
import sklearn
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.dummy import DummyClassifier, DummyRegressor

warnings.filterwarnings("ignore")
THRESHOLD = 2


def known(value):
    return None if np.isnan(value) else value


def figures(labels, told, grades, severe, sides, scores, probabilities, bins):
    one_class = len(set(severe)) == 1
    observed, predicted = calibration_curve(severe, probabilities, n_bins=bins, strategy="quantile")
    edges = np.percentile(probabilities, np.linspace(0, 1, bins + 1) * 100)
    place = np.searchsorted(edges[1:-1], probabilities)
    counts = np.bincount(place, minlength=bins)
    counts = counts[counts > 0]
    return {
        "accuracy": metrics.accuracy_score(severe, sides),
        "f1": metrics.f1_score(severe, sides),
        "balancedAccuracy": metrics.balanced_accuracy_score(severe, sides),
        "auc": None if one_class else metrics.roc_auc_score(severe, scores),
        "mae": metrics.mean_absolute_error(labels, grades),
        "macroF1": metrics.f1_score(labels, told, average="macro"),
        "qwk": metrics.cohen_kappa_score(labels, told, weights="quadratic"),
        "brier": np.mean((probabilities - severe) ** 2) if one_class
        else metrics.brier_score_loss(severe, probabilities),
        "calibrationError": float(np.sum(counts / len(severe) * np.abs(observed - predicted))),
        "reliability": [
            {"predicted": p, "observed": o, "count": int(c)}
            for p, o, c in zip(predicted, observed, counts)
        ],
        "confusion": metrics.confusion_matrix(labels, told, labels=range(4)).tolist(),
        "spearman": known(scipy.stats.spearmanr(labels, scores).correlation),
        "kendallTau": known(scipy.stats.kendalltau(labels, scores).correlation),
    }


def dataset(name, seed, n, weights, digits, bins):
    random = np.random.default_rng(seed)
    labels = random.choice(4, size=n, p=weights)
    train = random.choice(4, size=3 * n, p=weights)
    scores = np.round(labels - 1.5 + 1.2 * random.standard_normal(n), digits)
    grades = np.round(1.5 + 0.7 * scores, 6)
    told = np.clip(np.floor(grades + 0.5), 0, 3).astype(int)
    probabilities = np.round(1 / (1 + np.exp(-2.5 * scores)), 6)
    severe, sides = (labels >= THRESHOLD).astype(int), (scores > 0).astype(int)
    zeros = np.zeros((n, 1))
    side = DummyClassifier(strategy="most_frequent").fit(zeros[:1].repeat(3 * n, 0), train >= THRESHOLD)
    median = DummyRegressor(strategy="quantile", quantile=0.5).fit(zeros[:1].repeat(3 * n, 0), train)
    constant = np.full(n, np.sort(train)[(3 * n - 1) // 2])
    assert abs(constant[0] - median.predict(zeros)[0]) <= 0.5
    share = np.full(n, np.mean(train >= THRESHOLD))
    return {
        "name": name,
        "labels": labels.tolist(),
        "trainLabels": train.tolist(),
        "scores": scores.tolist(),
        "grades": grades.tolist(),
        "told": told.tolist(),
        "probabilities": probabilities.tolist(),
        "bins": bins,
        "figures": figures(labels, told, grades, severe, sides, scores, probabilities, bins),
        "baseline": figures(
            labels, constant, constant, severe, side.predict(zeros).astype(int), np.zeros(n), share, bins
        ),
    }


def main():
    sets = [
        dataset("balanced", 1, 200, [0.25, 0.25, 0.25, 0.25], 4, 10),
        dataset("rare grades and many ties", 2, 150, [0.7, 0.2, 0.06, 0.04], 1, 10),
        dataset("few images", 3, 23, [0.3, 0.3, 0.2, 0.2], 2, 2),
        dataset("one side only", 4, 40, [0.6, 0.4, 0.0, 0.0], 2, 4),
    ]
    content = {
        "origin": "deno_test/core/review/report_fixture.py",
        "versions": {
            "scikit-learn": sklearn.__version__,
            "scipy": scipy.__version__,
            "numpy": np.__version__,
        },
        "threshold": THRESHOLD,
        "sets": sets,
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(content, default=float, allow_nan=False) + "\n")


main()
