"""Golden values of core/statistics, from SciPy, statsmodels and NumPy.

    python3 -m venv /tmp/statistics && /tmp/statistics/bin/pip install -r requirements.txt
    /tmp/statistics/bin/python make.py

The bootstrap draws its indices by a Philox 4x32-10 written here, so that only the statistic differs.
"""

import hashlib
import itertools
import json

import numpy as np
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

MASK = 0xFFFFFFFF
PROPORTIONS = [(0, 10), (1, 10), (5, 10), (98, 100), (100, 100), (1, 1000), (4321, 10000)]
LEVELS = [0.9, 0.95, 0.999]


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & MASK, (p0 >> 32) ^ c[3] ^ k[1], p0 & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def integers(seed, stream, index, bound, count):
    """Uniform integers below a bound."""
    digest = hashlib.sha256(f"{seed}\n{stream}".encode()).digest()
    key = [int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:8], "little")]
    bits = (b for n in itertools.count() for b in philox([n, 0, index & MASK, index >> 32], key))
    kept = (b for b in bits if b < 2**32 - 2**32 % bound)
    return np.array([b % bound for b in itertools.islice(kept, count)])


def symmetric_interval(mean, error, ratios, level):
    quantile = np.sort(ratios)[int(np.ceil(level * (len(ratios) + 1))) - 1]
    return [mean - quantile * error, mean + quantile * error]


def p_value(mean, error, ratios):
    return (1 + int(np.sum(ratios >= abs(mean) / error))) / (1 + len(ratios))


def paired_bootstrap(values, seed, stream, resamples=1999):
    values = np.array(values)
    mean, error = values.mean(), stats.sem(values)
    ratios = []
    for index in range(resamples):
        sample = values[integers(seed, stream, index, len(values), len(values))]
        ratios.append(abs(sample.mean() - mean) / stats.sem(sample))
    ratios = np.array(ratios)
    return {
        "p": p_value(mean, error, ratios),
        "interval": symmetric_interval(mean, error, ratios, 0.95),
    }


def crossed(table):
    """Mean, its two-way clustered standard error (rows + columns - both), degrees of freedom."""
    rows, columns = table.shape
    mean = table.mean()
    of_rows, of_columns = table.mean(1), table.mean(0)
    residual = table - of_rows[:, None] - of_columns[None, :] + mean
    by_rows, by_columns = stats.sem(of_rows) ** 2, stats.sem(of_columns) ** 2
    both = (residual**2).sum() / ((rows - 1) * (columns - 1)) / table.size
    variance = max(by_rows, by_columns, by_rows + by_columns - both)
    degrees = variance**2 / (by_rows**2 / (rows - 1) + by_columns**2 / (columns - 1))
    return mean, np.sqrt(variance), degrees


def over_seeds(table):
    table = np.array(table)
    mean, error, degrees = crossed(table)
    return {
        "p": 2 * stats.t.sf(abs(mean) / error, degrees),
        "interval": stats.t.interval(0.95, degrees, mean, error),
    }


def connor(episodes, alpha, power, success):
    """The difference at which Connor's sample size is the given one."""
    a, b = stats.norm.isf(alpha / 2), stats.norm.ppf(power)

    def excess(d):
        psi = success * (1 - success + d) + (success - d) * (1 - success)
        return (a * np.sqrt(psi) + b * np.sqrt(psi - d * d)) ** 2 / d**2 - episodes

    return scipy.optimize.brentq(excess, 1e-6, success, xtol=1e-15)


def visible_effect(episodes, alpha):
    """The effect that is seen four times of five; solve_power() would stop at 1e-6."""
    power = NormalIndPower(ddof=0).power
    return scipy.optimize.brentq(lambda d: power(d, episodes, alpha, ratio=0) - 0.8, 1e-6, 10, xtol=1e-15)


rng = np.random.default_rng(7)
paired = np.round(rng.normal(0.2, 1, 30), 3).tolist()
table = np.round(rng.normal(0.1, 1, (4, 12)) + rng.normal(0, 0.4, (4, 1)), 3).tolist()
samples = [np.round(rng.normal(m, s, n), 3).tolist() for m, s, n in [(0, 1, 12), (0.5, 2, 20)]]
tables = [(10, 3, 100), (0, 6, 50), (7, 7, 40), (120, 90, 2000), (0, 0, 10)]
independent = [((7, 10), (9, 10)), ((80, 100), (90, 100)), ((0, 20), (0, 25)), ((40, 90), (400, 700))]
p_values = [0.01, 0.04, 0.03, 0.005, 0.9, 0.04]

json.dump(
    {
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "statsmodels": statsmodels.__version__},
        "normal": [[x, stats.norm.cdf(x)] for x in (-8, -3, -1.5, 0, 0.3, 2.9, 3.1)],
        "normal_quantile": [[p, stats.norm.ppf(p)] for p in (1e-9, 0.025, 0.3, 0.5, 0.8, 0.995)],
        "student": [[t, n, stats.t.cdf(t, n)] for t, n in ((-2.5, 1), (-2, 4.7), (1.2, 99), (3, 1e4))],
        "student_quantile": [[p, n, stats.t.ppf(p, n)] for p, n in ((0.975, 1), (0.975, 2), (0.95, 7.3), (0.9999, 99))],
        "wilson": [[k, n, v, *map(float, stats.binomtest(k, n).proportion_ci(v, "wilson"))] for k, n in PROPORTIONS for v in LEVELS],
        "clopper_pearson": [[k, n, v, *map(float, proportion_confint(k, n, 1 - v, "beta"))] for k, n in PROPORTIONS for v in LEVELS],
        "mcnemar": [[g, l, float(mcnemar([[0, g], [l, 0]], exact=True).pvalue)] for g, l, _ in tables],
        "fisher": [[*a, *b, float(stats.fisher_exact([[a[0], a[1] - a[0]], [b[0], b[1] - b[0]]]).pvalue)] for a, b in independent],
        "newcombe": [[*a, *b, v, *map(float, confint_proportions_2indep(*b, *a, method="newcomb", alpha=1 - v))] for a, b in independent for v in LEVELS],
        "welch": {
            "samples": samples,
            "p": float(stats.ttest_ind(samples[1], samples[0], equal_var=False).pvalue),
            "interval": list(map(float, stats.ttest_ind(samples[1], samples[0], equal_var=False).confidence_interval(0.95))),
        },
        "holm": {"p": p_values, "adjusted": multipletests(p_values, method="holm")[1].tolist()},
        "connor": [[n, a, s, connor(n, a, 0.8, s)] for n, a, s in ((100, 0.05, 0.9), (100, 0.05, 1.0), (1000, 0.005, 0.5), (40, 0.05, 0.95))],
        "mean_power": [[n, a, visible_effect(n, a)] for n, a in ((20, 0.05), (100, 0.05), (1000, 0.001))],
        "spent": [[t, a, 2 * stats.norm.sf(stats.norm.isf(a / 2) / np.sqrt(t))] for t, a in ((0.2, 0.05), (0.4, 0.05), (1, 0.05), (0.5, 0.01))],
        "paired_bootstrap": {"values": paired, **paired_bootstrap(paired, 3, "golden")},
        "over_seeds": {"values": table, **over_seeds(table)},
    },
    fp := open("golden.json", "w"),
    indent=1,
    default=float,
)
fp.write("\n")
