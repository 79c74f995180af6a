"""Behaviour cloning in PyTorch, eager, one thread: the peer of bench/training.ts.

Reads a number of steps a line, answers with steps per second.
"""

import os
import sys
import time

os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
import torch

torch.set_num_threads(1)
torch.manual_seed(0)
batch, inputs, hidden, outputs, rows = 64, 20, 256, 4, 40_000
net = torch.nn.Sequential(
    torch.nn.Linear(inputs, hidden),
    torch.nn.ReLU(),
    torch.nn.Linear(hidden, hidden),
    torch.nn.ReLU(),
    torch.nn.Linear(hidden, outputs),
)
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-4, weight_decay=1e-5)
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 500))
x, y = torch.randn(rows, inputs), torch.randn(rows, outputs)
order, at = torch.randperm(rows), 0
for line in sys.stdin:
    steps = int(line)
    started = time.perf_counter()
    for _ in range(steps):
        if at + batch > rows:
            order, at = torch.randperm(rows), 0
        index = order[at : at + batch]
        at += batch
        loss = torch.nn.functional.mse_loss(net(x[index]), y[index])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    loss.item()
    print(steps / (time.perf_counter() - started), flush=True)
