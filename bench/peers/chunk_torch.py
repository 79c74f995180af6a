"""Flow matching over action chunks in PyTorch, eager: the peer of bench/chunk_flow.ts.

Reads a number of steps a line, answers with steps per second. Arguments: widths of state and chunk. A
residual MLP 3 x 256 with SiLU, batch 512, Adam, clip 1, cosine schedule, averaged weights, one thread.
"""

import math
import os
import sys
import time

os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
import torch

state, chunk = int(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(1)
torch.manual_seed(0)
hidden, batch, rows, decay = 256, 512, 40_000, 0.998
first = torch.nn.Linear(state + chunk + 9, hidden)
inner = torch.nn.ModuleList(torch.nn.Linear(hidden, hidden) for _ in range(2))
last = torch.nn.Linear(hidden, chunk)
silu = torch.nn.functional.silu
frequencies = math.pi * 2.0 ** torch.arange(4)


def velocity(states, chunks, time_):
    angles = time_ * frequencies
    value = silu(first(torch.cat([states, chunks, angles.sin(), angles.cos(), time_], 1)))
    for layer in inner:
        value = value + silu(layer(value))
    return last(value)


parameters = [*first.parameters(), *inner.parameters(), *last.parameters()]
averaged = [value.detach().clone() for value in parameters]
optimizer = torch.optim.Adam(parameters, lr=1.5e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40_000)
states, chunks = torch.randn(rows, state), torch.randn(rows, chunk)
for line in sys.stdin:
    steps = int(line)
    started = time.perf_counter()
    for _ in range(steps):
        index = torch.randint(rows, (batch,))
        target, noise, at = chunks[index], torch.randn(batch, chunk), torch.rand(batch, 1)
        predicted = velocity(states[index], (1 - at) * noise + at * target, at)
        loss = torch.nn.functional.mse_loss(predicted, target - noise)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
        with torch.no_grad():
            torch._foreach_lerp_(averaged, parameters, 1 - decay)
    loss.item()
    print(steps / (time.perf_counter() - started), flush=True)
