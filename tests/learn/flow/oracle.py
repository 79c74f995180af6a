"""Loss of the conditional neural stochastic flow and its gradients in JAX, float64.

Reads {architecture, weights, factors, tensors, inputs} as JSON on stdin, writes
{loss, gradients, log_density, sample} on stdout. Written from the formulas of Neural Stochastic
Flows (arXiv 2510.25769); shares no code with the tape.
"""
import json
import os
import sys

# One evaluation: compiling well would take longer than it saves.
os.environ["XLA_FLAGS"] = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
import jax  # noqa: E402
import numpy as np

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp  # noqa: E402

case = json.load(sys.stdin)
A, FACTORS = case["architecture"], case["factors"]
D = A["state"]
ACT = {"silu": jax.nn.silu, "tanh": jnp.tanh, "softplus": jax.nn.softplus}[A["activation"]]
params = {k: jnp.asarray(v["data"], jnp.float64).reshape(v["shape"]) for k, v in case["tensors"].items()}
inputs = {k: jnp.asarray(v, jnp.float64) for k, v in case["inputs"].items()}


def net(p, name, depth, x):
    for i in range(depth):
        x = ACT(x @ p[f"{name}/dense{i}/weight"] + p[f"{name}/dense{i}/bias"])
    return x @ p[f"{name}/dense{depth}/weight"] + p[f"{name}/dense{depth}/bias"]


def masks(layers):
    """True where a layer keeps a component."""
    result = []
    for k in range(layers):
        if D == 1:
            result.append([False])
            continue
        first = [c < D // 2 if (k // 2) % 2 == 0 else c % 2 == 1 for c in range(D)]
        result.append([f == (k % 2 == 0) for f in first])
    return [np.array(m) for m in result]


def coupling(p, name, depth, fn, keep, u, ctx, extent, inverse):
    kept = np.flatnonzero(keep)
    moved = np.flatnonzero(~keep)
    o = extent * net(p, name, depth, jnp.concatenate([ctx, jnp.arcsinh(u[:, kept])], 1))
    shift, s = o[:, : len(moved)], o[:, len(moved):]
    s = jnp.tanh(s) if fn == "tanh_exp" else s
    v = u[:, moved]
    v = (v - shift) / jnp.exp(s) if inverse else v * jnp.exp(s) + shift
    return u.at[:, moved].set(v), s.sum(1)


def normal(e, sc):
    return jax.scipy.stats.norm.logpdf(e).sum(1) - jnp.log(sc).sum(1)


def flow(p, prefix, n, depth, fn, mean, sc, ctx, extent, noise=None, value=None):
    """Sample and log density from noise, or log density of a value."""
    ms = list(enumerate(masks(n)))
    if noise is not None:
        u, lp = noise, normal(noise, sc)
        for k, m in ms:
            u, s = coupling(p, f"{prefix}{k}", depth, fn, m, u, ctx, extent, False)
            lp = lp - s
        return mean + sc * u, lp
    u, lp = (value - mean) / sc, 0.0
    for k, m in reversed(ms):
        u, s = coupling(p, f"{prefix}{k}", depth, fn, m, u, ctx, extent, True)
        lp = lp - s
    return lp + normal(u, sc)


BODY, PLAN, POINTS = A["body"], A["plan"], 8


def pixels(values, part):
    return values * part["scale"] + part["mean"]


def frame(x):
    angle = pixels(x[:, BODY["angle"]["column"]], BODY["angle"])[:, None]
    return jnp.cos(angle), jnp.sin(angle)


def box_distance(x, y, box):
    """Signed distance to a rectangle, negative within, of points smoothed as the tape does."""
    qx = jnp.sqrt((x - (box[0] + box[1]) / 2) ** 2 + 1e-8) - (box[1] - box[0]) / 2
    qy = jnp.sqrt((y - (box[2] + box[3]) / 2) ** 2 + 1e-8) - (box[3] - box[2]) / 2
    smooth = lambda q: (q + jnp.sqrt(q * q + 1e-8)) / 2
    larger = (qx + qy + jnp.sqrt((qx - qy) ** 2 + 1e-8)) / 2
    return (jnp.sqrt(smooth(qx) ** 2 + smooth(qy) ** 2 + 1e-8)
            + (larger - jnp.sqrt(larger ** 2 + 1e-8)) / 2)


def body_features(x, plan):
    size = BODY["size"]
    px, py = (x[:, [p["column"]]] for p in BODY["point"])
    contacts = [0]
    if plan is not None:
        px = jnp.concatenate([px, plan[:, 0:2 * POINTS:2]], 1)
        py = jnp.concatenate([py, plan[:, 1:2 * POINTS:2]], 1)
        contacts += [5, 6, 7]
    dx = (pixels(px, BODY["point"][0]) - pixels(x[:, [BODY["position"][0]["column"]]], BODY["position"][0])) / size
    dy = (pixels(py, BODY["point"][1]) - pixels(x[:, [BODY["position"][1]["column"]]], BODY["position"][1])) / size
    co, si = frame(x)
    along, across = co * dx + si * dy, co * dy - si * dx
    out = [along, across]
    for box in BODY["boxes"]:
        gap = box_distance(along[:, contacts], across[:, contacts], [e / size for e in box])
        out += [jnp.tanh(r * (gap - BODY["radius"] / size)) for r in (12, 1.5)]
    return out


def context(x, c, t, dt, plan, *more):
    parts = [x]
    if BODY:
        keep = [j for j in range(D) if j != BODY["angle"]["column"]]
        parts = [x[:, keep], *frame(x)]
    parts += [c, 0.05 * t, 0.2 * dt]
    if PLAN:
        parts.append(2 * (plan[:, : 2 * POINTS] - jnp.tile(x[:, jnp.array(PLAN["columns"])], POINTS)))
        parts.append(plan[:, 2 * POINTS:])
    if BODY:
        parts += body_features(x, plan)
    return jnp.concatenate([*parts, *more], 1)


def drift(mu, x):
    """The body's displacement is predicted in its own frame."""
    if not BODY:
        return mu
    (i, j), (sx, sy) = zip(*[(p["column"], p["scale"]) for p in BODY["position"]])
    co, si = (v[:, 0] for v in frame(x))
    scale = jnp.sqrt(sx * sy)
    a, b = mu[:, i], mu[:, j]
    return mu.at[:, i].set((co * a - si * b) * scale / sx).at[:, j].set((si * a + co * b) * scale / sy)


def gauss(p, name, depth, ctx):
    o = net(p, name, depth, ctx)
    return 0.3 * o[:, :D], 0.05 * jax.nn.softplus(o[:, D:]) + 1e-4


def transition(p, x, c, t, dt, plan, **kw):
    ctx = context(x, c, t, dt, plan)
    mu, sc = gauss(p, "base", A["depth"], ctx)
    return flow(p, "coupling", A["numFlowLayers"], A["conditionerDepth"], A["scaleFn"],
                x + drift(mu, x) * dt, sc * jnp.sqrt(dt), ctx, dt, **kw)


def bridge(p, x, y, c, t, dt, r, plan, late, **kw):
    a = r * (1 - r)
    more = [8 * (y - x), r, a]
    if PLAN is not None:  # targets up to a step behind the middle, from the line between both ends
        line = x + r * (y - x)
        more.append(8 * (late[:, :10] - jnp.tile(line[:, jnp.array(PLAN["columns"])], 5)))
    ctx = context(x, c, t, dt, plan, *more)
    mu, sc = gauss(p, "aux/base", A["auxDepth"], ctx)
    return flow(p, "aux/coupling", A["auxNumFlowLayers"], A["auxConditionerDepth"], A["auxScaleFn"],
                x + r * (y - x) + mu * a * dt, sc * jnp.sqrt(a * dt), ctx, 4 * a, **kw)


def loss(p):
    x, y, t, dt = inputs["state"], inputs["next"], inputs["time"], inputs["interval"]
    c, w = inputs["condition"], inputs["weight"][:, 0]
    g, g1, g2 = (inputs[name] if PLAN else None for name in ("plan", "planFirst", "planSecond"))
    total = -(w * transition(p, x, c, t, dt, g, value=y)).mean()
    mu, _ = gauss(p, "base", A["depth"], context(x, c, t, dt, g))
    e = (y - x - drift(mu, x) * dt) / (0.04 * jnp.sqrt(dt))
    total += FACTORS["robust"] * (jnp.sqrt(1 + e * e) - 1).sum(1).mean()
    r = inputs["ratio"]
    d1, d2 = r * dt, (1 - r) * dt
    e0, e1, e2, e3 = (inputs[f"noise{i}"] for i in range(4))
    xf, lf = transition(p, x, c, t, dt, g, noise=e0)
    xm, lq = bridge(p, x, xf, c, t, dt, r, g, g2, noise=e1)
    l12 = lf + lq - transition(p, x, c, t, d1, g1, value=xm) - transition(p, xm, c, t + d1, d2, g2, value=xf)
    ym, l1 = transition(p, x, c, t, d1, g1, noise=e2)
    yf, l2 = transition(p, ym, c, t + d1, d2, g2, noise=e3)
    l21 = l1 + l2 - bridge(p, x, yf, c, t, dt, r, g, g2, value=ym) - transition(p, x, c, t, dt, g, value=yf)
    return total + FACTORS["consistency"] * (inputs["strength"][:, 0] * (l12 + l21)).mean()


value, gradients = jax.jit(jax.value_and_grad(loss))(params)
json.dump({"loss": float(value), "gradients": {k: g.ravel().tolist() for k, g in gradients.items()}}, sys.stdout)
