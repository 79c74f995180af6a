"""An MLP in NumPy, served to Sluice: `python remote_policy.py PACKAGE SEED`."""

import sys

sys.path.insert(0, sys.argv[1])

import numpy as np  # noqa: E402

from sluice.serving import serve_policy  # noqa: E402

SIZES = [20, 256, 256, 4]
random = np.random.default_rng(int(sys.argv[2]))
layers = [
    (random.normal(0, 1 / np.sqrt(n), (n, m)).astype(np.float32), np.zeros(m, np.float32))
    for n, m in zip(SIZES[:-1], SIZES[1:])
]


def policy(observations: np.ndarray) -> np.ndarray:
    values = observations
    for weights, bias in layers[:-1]:
        values = np.maximum(values @ weights + bias, 0)
    weights, bias = layers[-1]
    return values @ weights + bias


serve_policy(policy)
