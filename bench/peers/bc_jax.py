"""Behaviour cloning in JAX, the whole step jitted, one thread: the peer of bench/training.ts.

Takes the batch and the widths of the network, e.g. 64 20 256 256 4. Reads a number of steps a line,
answers with steps per second.
"""

import functools
import os
import sys
import time

os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"
import jax
import jax.numpy as jnp
import numpy as np

batch, *widths = map(int, sys.argv[1:])
rows = 40_000
random = np.random.default_rng(0)


def draw(*shape):
    return jnp.asarray(random.standard_normal(shape), jnp.float32)


weights = [(draw(i, o) / np.sqrt(i), jnp.zeros(o)) for i, o in zip(widths[:-1], widths[1:])]
x, y = draw(rows, widths[0]), draw(rows, widths[-1])


def loss_of(weights, x, y):
    for w, b in weights[:-1]:
        x = jax.nn.relu(x @ w + b)
    w, b = weights[-1]
    return jnp.mean((x @ w + b - y) ** 2)


# Weights and moments are updated in place.
@functools.partial(jax.jit, donate_argnums=(0, 1, 2))
def train_step(weights, m, v, step, index):
    loss, gradient = jax.value_and_grad(loss_of)(weights, x[index], y[index])
    norm = jnp.sqrt(sum(jnp.sum(g * g) for g in jax.tree.leaves(gradient)))
    gradient = jax.tree.map(lambda g: g * jnp.minimum(1, 1 / (norm + 1e-6)), gradient)
    step = step + 1
    rate = 1e-4 * jnp.minimum(1, step / 500)
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, gradient)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradient)
    c1, c2 = 1 - 0.9**step, 1 - 0.999**step

    def update(w, m, v):
        return w - rate * (m / c1 / (jnp.sqrt(v / c2) + 1e-8) + 1e-5 * w)

    return jax.tree.map(update, weights, m, v), m, v, step, loss


m = jax.tree.map(jnp.zeros_like, weights)
v, step = jax.tree.map(jnp.zeros_like, weights), jnp.float32(0)
order, at = random.permutation(rows), 0
for line in sys.stdin:
    steps = int(line)
    started = time.perf_counter()
    for _ in range(steps):
        if at + batch > rows:
            order, at = random.permutation(rows), 0
        weights, m, v, step, loss = train_step(weights, m, v, step, order[at : at + batch])
        at += batch
    loss.block_until_ready()
    print(steps / (time.perf_counter() - started), flush=True)
