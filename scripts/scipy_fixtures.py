#!/usr/bin/env python3
"""Writes tests/data/scipy.json: what SciPy and NumPy make of some data, for the tests of src/stats.

Run once, by hand, with SciPy 1.17: python3 scripts/scipy_fixtures.py > tests/data/scipy.json
"""

import json

import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(20260901)
# A generator of its own, so that what was drawn before stays as it was.
others = np.random.default_rng(20261101)


def rounded(values):
    return [float(f"{value:.9g}") for value in values]


def describe(values):
    values = np.array(rounded(values))
    median = np.median(values)
    mad = stats.median_abs_deviation(values)
    scores = 0.6745 * (values - median) / mad
    return {
        "values": values.tolist(),
        "mean": values.mean(),
        "std": values.std(ddof=1),
        "median": median,
        "mad": mad,
        "cv": stats.variation(values, ddof=1),
        "p90": np.percentile(values, 90),
        "p95": np.percentile(values, 95),
        "outliers": np.flatnonzero(np.abs(scores) > 3.5).tolist(),
    }


def wilcoxon(differences):
    differences = rounded(differences)
    ties = len(set(np.abs(differences))) < len(differences)
    if ties and len(differences) <= 14:
        # SciPy's exact distribution knows no ties: all signs are tried instead.
        method = stats.PermutationMethod(n_resamples=2 ** len(differences))
    else:
        method = "exact" if len(differences) <= 50 else "approx"
    p = stats.wilcoxon(differences, method=method, correction=False).pvalue
    return {"differences": differences, "p": p}


def walsh(differences, level=0.95):
    differences = np.array(rounded(differences))
    i, j = np.triu_indices(len(differences))
    averages = np.sort((differences[i] + differences[j]) / 2)
    n = len(differences)
    counts = np.array([1.0])
    for rank in range(1, n + 1):
        longer = np.zeros(len(counts) + rank)
        longer[: len(counts)] += counts
        longer[rank:] += counts
        counts = longer
    cdf = np.cumsum(counts) / 2.0**n
    cut = np.searchsorted(cdf, (1 - level) / 2, side="right") - 1
    return {
        "differences": differences.tolist(),
        "estimate": np.median(averages),
        "low": averages[cut],
        "high": averages[len(averages) - 1 - cut],
    }


def student(differences):
    differences = rounded(differences)
    test = stats.ttest_1samp(differences, 0)
    interval = test.confidence_interval(0.955)
    return {"differences": differences, "p": test.pvalue, "low": interval.low, "high": interval.high}


def bca(differences):
    differences = np.array(rounded(differences))
    result = stats.bootstrap((differences,), np.mean, n_resamples=200_000, method="BCa", random_state=rng)
    low, high = result.confidence_interval
    return {"differences": differences.tolist(), "low": low, "high": high}


def mann_whitney(a, b):
    a, b = rounded(a), rounded(b)
    ties = len(set(a + b)) < len(a + b)
    if len(a + b) > 60:
        method = "asymptotic"
    elif ties:
        # SciPy's exact distribution knows no ties: all arrangements are tried instead.
        method = stats.PermutationMethod(n_resamples=10**7)
    else:
        method = "exact"
    return {"a": a, "b": b, "p": stats.mannwhitneyu(a, b, method=method).pvalue}


maize = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60])
signs = 1 - 2 * ((np.arange(2**14)[:, None] >> np.arange(14)) & 1)
sums = np.abs((signs * maize).sum(axis=1))

heavy = lambda n: 0.02 + 0.05 * rng.standard_t(3, n)
with_outliers = np.concatenate([rng.normal(100, 3, 27), [180, 12]])

json.dump(
    {
        "made_by": f"scripts/scipy_fixtures.py, SciPy {scipy.__version__}, NumPy {np.__version__}",
        "normal": [[z, stats.norm.cdf(z)] for z in (-6.5, -3.0, -1.959964, -0.5, 0.0, 0.1, 1.0, 2.5758, 5.0)],
        "t": [[t, df, stats.t.cdf(t, df)] for t in (-12.0, -2.776, -0.3, 0.0, 1.5, 4.2) for df in (1, 2, 4, 5, 9, 30)],
        "quantiles": [
            [share, stats.norm.ppf(share), stats.t.ppf(share, 4), stats.t.ppf(share, 9)]
            for share in (0.001, 0.025, 0.3, 0.5, 0.8, 0.9775, 0.995)
        ],
        "describe": [describe(rng.lognormal(5, 0.4, 24)), describe(with_outliers), describe(rng.exponential(40, 60))],
        "wilcoxon": [wilcoxon(heavy(n)) for n in (5, 8, 13, 20, 50, 51, 120)]
        + [wilcoxon([1, 2, 2, -1, 3, 3, -3, 4, 5]), wilcoxon([0.5, 0.5, -0.5, 1.5, 2.5, -1.0, 1.0])],
        "walsh": [walsh(heavy(n)) for n in (6, 8, 9, 20, 50)],
        "student": [student(heavy(n)) for n in (5, 6, 7)],
        "bca": [bca(heavy(12)), bca(rng.exponential(1, 30)), bca(rng.normal(3, 1, 100))],
        "mann_whitney": [
            mann_whitney(rng.normal(5, 1, 8), rng.normal(6, 1, 9)),
            mann_whitney([1, 2, 2, 3, 4, 4, 4], [2, 4, 5, 5, 6]),
            mann_whitney([901, 905, 899, 910, 893], [450, 455, 448, 452, 449]),
            mann_whitney([5, 5, 5, 6, 7], [5, 5, 4, 3, 5]),
            mann_whitney([1, 2, 3], [4, 5, 6, 7]),
            mann_whitney([1, 1, 2, 2, 9, 9], [2, 2, 2, 3, 9]),
            mann_whitney(others.normal(0, 1, 5), others.normal(1, 1, 5)),
            mann_whitney(others.normal(0, 1, 20), others.normal(0.6, 1, 25)),
            mann_whitney(others.normal(0, 1, 30), others.normal(0.5, 1, 30)),
            mann_whitney(others.normal(0, 1, 40), others.normal(0.5, 1, 30)),
            mann_whitney(np.round(others.normal(0, 1, 40), 1), np.round(others.normal(0.5, 1, 40), 1)),
        ],
        "maize_14_p": float((sums >= abs(maize.sum())).mean()),
    },
    fp=open(1, "w", closefd=False),
    separators=(",", ":"),
)
print()
