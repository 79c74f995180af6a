"""A conditional neural stochastic flow in PyTorch, eager: the peer of bench/flow.ts.

Reads a number of steps a line, answers with steps per second. Arguments: widths of state and
condition, weight of the consistency terms. Hidden 128, depth 2, 4 couplings, 2 of the bridge, batch
256, Adam, clip 1, one thread.
"""

import math
import os
import sys
import time

os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
import torch

D, condition, weight = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
torch.set_num_threads(1)
torch.manual_seed(0)
H, B = 128, 256


def perceptron(inputs, outputs):
    return torch.nn.Sequential(
        torch.nn.Linear(inputs, H), torch.nn.SiLU(), torch.nn.Linear(H, H), torch.nn.SiLU(),
        torch.nn.Linear(H, outputs),
    )


def halves(layers):
    """Components that each coupling keeps and moves."""
    result = []
    for k in range(layers):
        first = [c for c in range(D) if (c < D // 2 if (k // 2) % 2 == 0 else c % 2 == 1)]
        rest = [c for c in range(D) if c not in first]
        result.append((first, rest) if k % 2 == 0 else (rest, first))
    return result


class Chain(torch.nn.Module):
    """A Gaussian base and affine couplings that are the identity where the extent is 0."""

    def __init__(self, context, layers):
        super().__init__()
        self.base = perceptron(context, 2 * D)
        self.halves = halves(layers)
        self.nets = torch.nn.ModuleList(
            perceptron(context + len(keep), 2 * len(move)) for keep, move in self.halves
        )

    def gaussian(self, context):
        mean, scale = self.base(context).chunk(2, 1)
        return 0.3 * mean, 0.05 * torch.nn.functional.softplus(scale) + 1e-4

    def couple(self, k, u, context, extent):
        keep, move = self.halves[k]
        out = self.nets[k](torch.cat([context, torch.asinh(u[:, keep])], 1)) * extent
        shift, scale = out.chunk(2, 1)
        return move, shift, torch.tanh(scale)

    def sample(self, mean, scale, context, extent, noise):
        u, density = noise, normal(noise, scale)
        for k in range(len(self.halves)):
            move, shift, s = self.couple(k, u, context, extent)
            v = u.clone()
            v[:, move] = u[:, move] * torch.exp(s) + shift
            u, density = v, density - s.sum(1)
        return mean + scale * u, density

    def log_density(self, mean, scale, context, extent, value):
        u, density = (value - mean) / scale, 0.0
        for k in reversed(range(len(self.halves))):
            move, shift, s = self.couple(k, u, context, extent)
            v = u.clone()
            v[:, move] = (u[:, move] - shift) * torch.exp(-s)
            u, density = v, density - s.sum(1)
        return density + normal(u, scale)


def normal(u, scale):
    return (-0.5 * u * u - torch.log(scale) - 0.5 * math.log(2 * math.pi)).sum(1)


flow, bridge = Chain(D + condition + 2, 4), Chain(2 * D + condition + 4, 2)


def transition(x, c, t, dt):
    context = torch.cat([x, c, 0.05 * t, 0.2 * dt], 1)
    mean, scale = flow.gaussian(context)
    return x + mean * dt, scale * torch.sqrt(dt), context, dt


def between(x, y, c, t, dt, r):
    a = r * (1 - r)
    context = torch.cat([x, c, 0.05 * t, 0.2 * dt, y - x, r, a], 1)
    mean, scale = bridge.gaussian(context)
    return x + r * (y - x) + mean * a * dt, scale * torch.sqrt(a * dt), context, a


def loss(x, y, c, t, dt, r, noise):
    mean, scale, context, extent = transition(x, c, t, dt)
    total = -flow.log_density(mean, scale, context, extent, y).mean()
    error = (y - mean) / (0.04 * torch.sqrt(dt))
    total = total + (torch.sqrt(1 + error * error) - 1).sum(1).mean()
    if weight == 0:
        return total
    d1, d2 = r * dt, (1 - r) * dt
    xf, lf = flow.sample(*transition(x, c, t, dt), noise[0])
    xm, lq = bridge.sample(*between(x, xf, c, t, dt, r), noise[1])
    l12 = lf + lq - flow.log_density(*transition(x, c, t, d1), xm)
    l12 = l12 - flow.log_density(*transition(xm, c, t + d1, d2), xf)
    ym, l1 = flow.sample(*transition(x, c, t, d1), noise[2])
    yf, l2 = flow.sample(*transition(ym, c, t + d1, d2), noise[3])
    l21 = l1 + l2 - bridge.log_density(*between(x, yf, c, t, dt, r), ym)
    l21 = l21 - flow.log_density(*transition(x, c, t, dt), yf)
    return total + weight * (l12.mean() + l21.mean())


parameters = [*flow.parameters(), *(bridge.parameters() if weight > 0 else [])]
optimizer = torch.optim.Adam(parameters, lr=1e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 25_000)
rows = 20_000
states, conditions = torch.randn(rows, D), torch.randn(rows, condition)
for line in sys.stdin:
    steps = int(line)
    started = time.perf_counter()
    for _ in range(steps):
        index = torch.randint(rows, (B,))
        x, c = states[index], conditions[index]
        t, dt = torch.randint(30, (B, 1)).float(), torch.randint(1, 11, (B, 1)).float()
        y, r = x + 0.05 * torch.randn(B, D), 0.05 + 0.9 * torch.rand(B, 1)
        value = loss(x, y, c, t, dt, r, torch.randn(4, B, D) if weight > 0 else None)
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
    value.item()
    print(steps / (time.perf_counter() - started), flush=True)
