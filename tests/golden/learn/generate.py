"""Losses, gradients and AdamW steps of small networks, by JAX in float64.

Made with jax 0.10.2 and numpy 2.4.6 (tests/requirements.txt):

    python tests/golden/learn/generate.py > tests/golden/learn/networks.jsonl

With --stdin it evaluates one network, read from there, in place of its own.
"""

import json
import os
import sys

os.environ["JAX_PLATFORMS"] = "cpu"
import jax

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import numpy as np


def forward(layers, weights, x):
    for layer in layers:
        name = layer["name"]
        if layer["kind"] == "linear":
            x = x @ weights[f"{name}/weight"] + weights[f"{name}/bias"]
            x = jax.nn.relu(x) if layer["relu"] else x
        else:
            mean = jnp.mean(x, axis=1, keepdims=True)
            variance = jnp.mean((x - mean) ** 2, axis=1, keepdims=True)
            normal = (x - mean) / jnp.sqrt(variance + 1e-6)
            x = normal * weights[f"{name}/gain"] + weights[f"{name}/shift"]
    return x


def evaluate(case):
    """Loss and gradients of a case, and its weights after the steps of its optimiser."""
    layers = case["layers"]
    x, y = jnp.asarray(case["x"], jnp.float64), jnp.asarray(case["y"], jnp.float64)
    weights = {k: jnp.asarray(v, jnp.float64) for k, v in case["weights"].items()}
    loss_of = jax.jit(
        jax.value_and_grad(lambda weights: jnp.mean((forward(layers, weights, x) - y) ** 2))
    )
    loss, gradients = loss_of(weights)
    expected = {"loss": float(loss), "gradients": listed(gradients)}
    if "optimizer" in case:
        expected["weights"] = listed(adamw(loss_of, weights, **case["optimizer"]))
    return expected


def adamw(loss_of, weights, steps, lr, weightDecay, clip, beta1, beta2, epsilon):
    m = {k: jnp.zeros_like(w) for k, w in weights.items()}
    v = dict(m)
    for step in range(1, steps + 1):
        gradients = loss_of(weights)[1]
        norm = jnp.sqrt(sum(jnp.sum(g**2) for g in gradients.values()))
        for k, g in gradients.items():
            g = g * jnp.minimum(1, clip / (norm + 1e-6))
            m[k] = beta1 * m[k] + (1 - beta1) * g
            v[k] = beta2 * v[k] + (1 - beta2) * g**2
            deviation = jnp.sqrt(v[k] / (1 - beta2**step)) + epsilon
            update = m[k] / (1 - beta1**step) / deviation
            weights = {**weights, k: weights[k] * (1 - lr * weightDecay) - lr * update}
    return weights


def listed(arrays):
    return {k: np.asarray(a).tolist() for k, a in arrays.items()}


def linear(name, inputs, outputs, relu):
    kind = "linear"
    return {"kind": kind, "name": name, "inputs": inputs, "outputs": outputs, "relu": relu}


def layer_norm(name, width):
    return {"kind": "layer_norm", "name": name, "width": width}


def draw(random, layers, rows):
    """A case whose numbers are float32, so that both sides begin from the same."""

    def normal(*shape, scale=1.0, mean=0.0):
        return (mean + scale * random.standard_normal(shape)).astype(np.float32).tolist()

    weights = {}
    for layer in layers:
        name = layer["name"]
        if layer["kind"] == "linear":
            inputs, outputs = layer["inputs"], layer["outputs"]
            weights[f"{name}/weight"] = normal(inputs, outputs, scale=inputs**-0.5)
            weights[f"{name}/bias"] = normal(outputs, scale=0.1)
        else:
            weights[f"{name}/gain"] = normal(layer["width"], scale=0.2, mean=1.0)
            weights[f"{name}/shift"] = normal(layer["width"], scale=0.1)
    outputs = [layer for layer in layers if layer["kind"] == "linear"][-1]["outputs"]
    x, y = normal(rows, layers[0]["inputs"]), normal(rows, outputs)
    return {"layers": layers, "weights": weights, "x": x, "y": y}


def main():
    """Prints one case a line."""
    random = np.random.default_rng(20)
    cases = {
        "linear": draw(random, [linear("a", 5, 3, False)], 6),
        "relu": draw(random, [linear("a", 3, 9, True), linear("b", 9, 2, False)], 7),
        "layer_norm": draw(
            random,
            [linear("a", 4, 10, True), layer_norm("n", 10), linear("b", 10, 3, False)],
            9,
        ),
        "deep, rows in two shards": draw(
            random,
            [linear("a", 6, 17, True), linear("b", 17, 8, True), linear("c", 8, 4, False)],
            70,
        ),
    }
    for name, clip in (("relu", 0.05), ("layer_norm", 100.0), ("deep, rows in two shards", 0.1)):
        cases[name]["optimizer"] = {
            "steps": 5,
            "lr": 0.01,
            "weightDecay": 0.1,
            "clip": clip,
            "beta1": 0.9,
            "beta2": 0.999,
            "epsilon": 1e-8,
        }
    for name, case in cases.items():
        print(json.dumps({"name": name, **case, "expected": evaluate(case)}))


if __name__ == "__main__":
    if "--stdin" in sys.argv:
        print(json.dumps(evaluate(json.load(sys.stdin))))
    else:
        main()
