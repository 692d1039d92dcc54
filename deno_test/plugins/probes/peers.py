"""Makes peers.json: what scikit-learn and statsmodels find on a toy set, to compare the probes with.

    python3 peers.py > peers.json

Written with scikit-learn 1.2.1 and statsmodels 0.13.5.
"""

import json

import numpy as np
import sklearn
import statsmodels
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.svm import SVC
from statsmodels.miscmodels.ordinal_model import OrderedModel

random = np.random.RandomState(11)
n, d = 150, 6
severity = random.normal(size=n)
shared = random.normal(size=(n, 2))
mixing = random.normal(size=(2, d))
codes = (
    (severity[:, None] * np.array([1, 0.6, -0.5, 0.2, 0, 0.1]) + shared @ mixing + random.normal(size=(n, d)))
    * np.array([1, 0.2, 8, 3, 1, 0.5])
    + np.array([0, 3, -10, 1, 0, 2])
)
codes = np.round(codes, 2).astype(np.float32)
x = codes.astype(float)
grades = np.digitize(severity + 0.5 * random.normal(size=n), [-0.7, 0.3, 1.2])
kinds = (2 * x @ random.normal(size=(d, 3)) / x.std(0).sum() + random.gumbel(size=(n, 3))).argmax(1)
ages = np.round(55 + 9 * severity + 4 * random.normal(size=n), 1)
spaces = {"raw": x, "standardized": (x - x.mean(0)) / x.std(0)}
weights = {"none": None, "balanced": "balanced"}


def cases(values, fit):
    out = []
    for space, data in spaces.items():
        for name, weight in weights.items():
            for value in values:
                model = fit(data, value, weight)
                out.append(
                    {
                        "space": space,
                        "classWeights": name,
                        "value": value,
                        "coef": np.atleast_2d(model.coef_).tolist(),
                        "intercept": np.atleast_1d(model.intercept_).tolist(),
                    }
                )
    return out


def logistic(labels, **options):
    return lambda data, c, weight: LogisticRegression(C=c, class_weight=weight, **options).fit(data, labels)


ordered = OrderedModel(grades, spaces["standardized"], distr="logit").fit(method="bfgs", gtol=1e-6, maxiter=10000, disp=False)
thresholds = ordered.model.transform_threshold_params(ordered.params)[1:-1]
scores = np.round(severity + random.normal(size=n), 1)
rising = IsotonicRegression(out_of_bounds="clip").fit(scores, grades)

print(
    json.dumps(
        {
            "origin": f"scikit-learn {sklearn.__version__}, statsmodels {statsmodels.__version__}, "
            f"numpy {np.__version__}; made by peers.py",
            "codes": [[round(float(v), 2) for v in row] for row in codes],
            "grades": grades.tolist(),
            "kinds": kinds.tolist(),
            "ages": ages.tolist(),
            "logistic": cases([0.01, 1, 100], logistic(grades >= 1, solver="newton-cholesky", tol=1e-10)),
            "multinomial": cases(
                [0.1, 1], logistic(kinds, multi_class="multinomial", solver="newton-cg", tol=1e-7, max_iter=1000)
            ),
            "svm": cases(
                [0.05, 1],
                lambda data, c, weight: SVC(C=c, kernel="linear", class_weight=weight, tol=1e-6, cache_size=100).fit(
                    data, np.where(grades >= 1, 1, 0)
                ),
            ),
            "ridge": [
                {"space": space, "value": a, "coef": [m.coef_.tolist()], "intercept": [float(m.intercept_)]}
                for space, data in spaces.items()
                for a in (0.1, 10, 1000)
                for m in [Ridge(alpha=a, solver="cholesky").fit(data, ages)]
            ],
            "ordinal": {"coef": [ordered.params[:d].tolist()], "thresholds": thresholds.tolist()},
            "isotonic": {"scores": scores.tolist(), "grades": rising.predict(scores).tolist()},
        }
    )
)
