"""Fits the models that probes are compared with; one command per line on stdin, one answer per line on stdout, both JSON."""

import json
import sys
import time
import warnings

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.svm import SVC

try:
    import statsmodels
    from statsmodels.miscmodels.ordinal_model import OrderedModel
except ImportError:
    statsmodels = None

warnings.filterwarnings("ignore")
file = np.load(sys.argv[1])
codes = file["codes"].astype(float)
labels = file["labels"].ravel().astype(int)
spaces = {"raw": codes, "standardized": (codes - codes.mean(0)) / codes.std(0)}


def ordered(x, y):
    model = OrderedModel(y, x, distr="logit")
    found = model.fit(method="bfgs", maxiter=1000, disp=False)
    return found.params[: x.shape[1]]


fits = {
    "logistic": lambda x, y, c: LogisticRegression(C=c, max_iter=10000).fit(x, y >= 1).coef_,
    "multinomial": lambda x, y, c: LogisticRegression(C=c, max_iter=10000).fit(x, y).coef_,
    "svm": lambda x, y, c: SVC(C=c, kernel="linear", cache_size=500, probability=True, random_state=1)
    .fit(x, y >= 1)
    .coef_,
    "ridge": lambda x, y, c: Ridge(alpha=1 / c).fit(x, y).coef_,
}
title = f"scikit-learn {sklearn.__version__}"
if statsmodels:
    fits["ordinal"] = lambda x, y, c: ordered(x, y)
    title += f", statsmodels {statsmodels.__version__}"

print(json.dumps({"title": title, "fits": list(fits)}), flush=True)
for line in sys.stdin:
    command = json.loads(line)
    x = spaces[command["space"]][:, : command["columns"]]
    start = time.perf_counter()
    coef = fits[command["fit"]](x, labels, command["c"])
    took = 1000 * (time.perf_counter() - start)
    print(json.dumps({"ms": took, "coef": np.ravel(coef).tolist()}), flush=True)
