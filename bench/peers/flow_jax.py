"""A conditional neural stochastic flow in JAX, the whole step jitted, one thread: a peer of bench/flow.ts.

Reads a number of steps a line, answers with steps per second. Arguments: widths of state and
condition, weight of the consistency terms. Hidden 128, depth 2, 4 couplings, 2 of the bridge, batch
256, Adam, clip 1.
"""

import functools
import math
import os
import sys
import time

os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"
import jax
import jax.numpy as jnp
import numpy as np

D, condition, weight = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
H, B = 128, 256
random = np.random.default_rng(0)


def perceptron(inputs, outputs):
    widths = [inputs, H, H, outputs]
    return [
        (jnp.asarray(random.standard_normal((i, o)) / np.sqrt(i), jnp.float32), jnp.zeros(o))
        for i, o in zip(widths[:-1], widths[1:])
    ]


def apply(layers, x):
    for w, b in layers[:-1]:
        x = jax.nn.silu(x @ w + b)
    w, b = layers[-1]
    return x @ w + b


def halves(layers):
    """Components that each coupling keeps and moves."""
    result = []
    for k in range(layers):
        first = [c for c in range(D) if (c < D // 2 if (k // 2) % 2 == 0 else c % 2 == 1)]
        rest = [c for c in range(D) if c not in first]
        result.append((np.array(first), np.array(rest)) if k % 2 == 0 else (np.array(rest), np.array(first)))
    return result


def chain(context, layers):
    """A Gaussian base and affine couplings that are the identity where the extent is 0."""
    return {
        "base": perceptron(context, 2 * D),
        "nets": [perceptron(context + len(keep), 2 * len(move)) for keep, move in halves(layers)],
    }


def gaussian(weights, context):
    mean, scale = jnp.split(apply(weights["base"], context), 2, 1)
    return 0.3 * mean, 0.05 * jax.nn.softplus(scale) + 1e-4


def couple(net, keep, u, context, extent):
    out = apply(net, jnp.concatenate([context, jnp.arcsinh(u[:, keep])], 1)) * extent
    shift, scale = jnp.split(out, 2, 1)
    return shift, jnp.tanh(scale)


def sample(weights, mean, scale, context, extent, noise):
    u, density = noise, normal(noise, scale)
    for net, (keep, move) in zip(weights["nets"], halves(len(weights["nets"]))):
        shift, s = couple(net, keep, u, context, extent)
        u = u.at[:, move].set(u[:, move] * jnp.exp(s) + shift)
        density = density - s.sum(1)
    return mean + scale * u, density


def log_density(weights, mean, scale, context, extent, value):
    u, density = (value - mean) / scale, 0.0
    nets = weights["nets"]
    for net, (keep, move) in reversed(list(zip(nets, halves(len(nets))))):
        shift, s = couple(net, keep, u, context, extent)
        u = u.at[:, move].set((u[:, move] - shift) * jnp.exp(-s))
        density = density - s.sum(1)
    return density + normal(u, scale)


def normal(u, scale):
    return (-0.5 * u * u - jnp.log(scale) - 0.5 * math.log(2 * math.pi)).sum(1)


def transition(flow, x, c, t, dt):
    context = jnp.concatenate([x, c, 0.05 * t, 0.2 * dt], 1)
    mean, scale = gaussian(flow, context)
    return x + mean * dt, scale * jnp.sqrt(dt), context, dt


def between(bridge, x, y, c, t, dt, r):
    a = r * (1 - r)
    context = jnp.concatenate([x, c, 0.05 * t, 0.2 * dt, y - x, r, a], 1)
    mean, scale = gaussian(bridge, context)
    return x + r * (y - x) + mean * a * dt, scale * jnp.sqrt(a * dt), context, a


def loss_of(weights, x, y, c, t, dt, r, noise):
    flow, bridge = weights
    mean, scale, context, extent = transition(flow, x, c, t, dt)
    total = -log_density(flow, mean, scale, context, extent, y).mean()
    error = (y - mean) / (0.04 * jnp.sqrt(dt))
    total = total + (jnp.sqrt(1 + error * error) - 1).sum(1).mean()
    if weight == 0:
        return total
    d1, d2 = r * dt, (1 - r) * dt
    xf, lf = sample(flow, *transition(flow, x, c, t, dt), noise[0])
    xm, lq = sample(bridge, *between(bridge, x, xf, c, t, dt, r), noise[1])
    l12 = lf + lq - log_density(flow, *transition(flow, x, c, t, d1), xm)
    l12 = l12 - log_density(flow, *transition(flow, xm, c, t + d1, d2), xf)
    ym, l1 = sample(flow, *transition(flow, x, c, t, d1), noise[2])
    yf, l2 = sample(flow, *transition(flow, ym, c, t + d1, d2), noise[3])
    l21 = l1 + l2 - log_density(bridge, *between(bridge, x, yf, c, t, dt, r), ym)
    l21 = l21 - log_density(flow, *transition(flow, x, c, t, dt), yf)
    return total + weight * (l12.mean() + l21.mean())


rows = 20_000
states = jnp.asarray(random.standard_normal((rows, D)), jnp.float32)
conditions = jnp.asarray(random.standard_normal((rows, condition)), jnp.float32)


# Weights and moments are updated in place.
@functools.partial(jax.jit, donate_argnums=(0, 1, 2))
def train_step(weights, m, v, step, index, t, dt, move, r, noise):
    x, c = states[index], conditions[index]
    loss, gradient = jax.value_and_grad(loss_of)(weights, x, x + 0.05 * move, c, t, dt, r, noise)
    norm = jnp.sqrt(sum(jnp.sum(g * g) for g in jax.tree.leaves(gradient)))
    gradient = jax.tree.map(lambda g: g * jnp.minimum(1, 1 / (norm + 1e-6)), gradient)
    rate = 0.5e-3 * (1 + jnp.cos(jnp.pi * step / 25_000))
    step = step + 1
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, gradient)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradient)
    c1, c2 = 1 - 0.9**step, 1 - 0.999**step
    update = lambda w, m, v: w - rate * (m / c1 / (jnp.sqrt(v / c2) + 1e-8))
    return jax.tree.map(update, weights, m, v), m, v, step, loss


weights = (chain(D + condition + 2, 4), chain(2 * D + condition + 4, 2) if weight > 0 else None)
m = jax.tree.map(jnp.zeros_like, weights)
v, step = jax.tree.map(jnp.zeros_like, weights), jnp.float32(0)
normals = lambda *shape: random.standard_normal(shape, np.float32)
for line in sys.stdin:
    steps = int(line)
    started = time.perf_counter()
    for _ in range(steps):
        index = random.integers(rows, size=B)
        t = random.integers(30, size=(B, 1)).astype(np.float32)
        dt = random.integers(1, 11, size=(B, 1)).astype(np.float32)
        r = (0.05 + 0.9 * random.random((B, 1))).astype(np.float32)
        noise = normals(4, B, D) if weight > 0 else None
        weights, m, v, step, loss = train_step(
            weights, m, v, step, index, t, dt, normals(B, D), r, noise
        )
    loss.block_until_ready()
    print(steps / (time.perf_counter() - started), flush=True)
