"""Document 003's policy in PyTorch, eager, one thread: a peer of bench/quadruped.ts.

Reads a number of steps a line, answers with steps per second.
"""

import os
import sys
import time

os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
import torch

torch.set_num_threads(1)
torch.manual_seed(0)
batch, rows, widths = 256, 40_000, [51, 256, 256, 128]
layers = []
for inputs, outputs in zip(widths, widths[1:]):
    layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU(), torch.nn.LayerNorm(outputs)]
net = torch.nn.Sequential(*layers, torch.nn.Linear(widths[-1], 12))
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=1e-4)
x, y = torch.randn(rows, 51), torch.randn(rows, 12)
for line in sys.stdin:
    steps = int(line)
    started = time.perf_counter()
    for _ in range(steps):
        index = torch.randint(0, rows, (batch,))
        loss = torch.nn.functional.mse_loss(net(x[index]), y[index])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
    loss.item()
    print(steps / (time.perf_counter() - started), flush=True)
