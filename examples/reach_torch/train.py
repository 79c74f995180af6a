"""Behaviour cloning of a stored dataset: python train.py DATASET OUTPUT CHECKPOINT."""

import json
import os
import pathlib
import sys

import torch
from torch.utils.data import DataLoader, RandomSampler

import sluice
from sluice.torch import WindowDataset

data, output, checkpoint = (pathlib.Path(path) for path in sys.argv[1:])
parameters = json.loads(os.environ["SLUICE_PARAMETERS"])
steps, batch, lr = parameters["steps"], parameters["batch"], parameters["lr"]
seed = int(os.environ["SLUICE_SEED"])
torch.manual_seed(seed)
torch.set_num_threads(1)  # faster than several for so small a network

dataset = sluice.open_dataset(data)
label = "action_label" if "action_label" in dataset.fields else "action"
windows = WindowDataset(dataset, ["observation", label], length=1)  # of the training split
rows = windows.windows.rows
seen = torch.from_numpy(dataset.observations()[rows])
done = torch.from_numpy(dataset.column(label)[rows]).float()


class Policy(torch.nn.Module):
    """An MLP between normalised observations and normalised actions."""

    def __init__(self, seen: torch.Tensor, done: torch.Tensor) -> None:
        super().__init__()
        for name, rows in {"seen": seen, "done": done}.items():
            self.register_buffer(f"{name}_mean", rows.mean(0))
            self.register_buffer(f"{name}_std", rows.std(0).clamp_min(1e-6))
        self.layers = torch.nn.Sequential(
            *(torch.nn.Linear(seen.shape[1], 256), torch.nn.ReLU()),
            *(torch.nn.Linear(256, 256), torch.nn.ReLU()),
            torch.nn.Linear(256, done.shape[1]),
        )

    def forward(self, observation: torch.Tensor) -> torch.Tensor:
        answer = self.layers((observation - self.seen_mean) / self.seen_std)
        return answer * self.done_std + self.done_mean


policy = Policy(seen, done)
optimizer = torch.optim.AdamW(policy.parameters(), lr, weight_decay=1e-5)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
first, state = 0, checkpoint / "state.pt"
if state.exists():  # it was killed, or its worker was
    saved = torch.load(state)
    policy.load_state_dict(saved["policy"])
    optimizer.load_state_dict(saved["optimizer"])
    schedule.load_state_dict(saved["schedule"])
    first = saved["step"]

draws = torch.Generator().manual_seed(seed + first)
sampler = RandomSampler(windows, True, num_samples=batch * (steps - first), generator=draws)
loader = DataLoader(windows, batch, sampler=sampler, collate_fn=windows.collate)
for step, window in enumerate(loader, first + 1):
    error = policy(window["observation"][:, 0]) - window[label][:, 0]
    loss = (error / policy.done_std).square().mean()
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(policy.parameters(), 1)
    optimizer.step()
    schedule.step()
    if step % 50 == 0:
        print(json.dumps({"done": step, "total": steps}))
    if step % 500 == 0 and step < steps:
        kept = {"policy": policy, "optimizer": optimizer, "schedule": schedule}
        saved = {"step": step, **{name: part.state_dict() for name, part in kept.items()}}
        torch.save(saved, checkpoint / "next.pt")
        os.replace(checkpoint / "next.pt", state)

print(json.dumps({"metrics": {"loss": loss.item()}, "counts": {"steps": steps}}))
torch.onnx.export(
    policy.eval(),
    (seen[:1],),
    output / "policy.onnx",
    input_names=["observation"],
    output_names=["action"],
    dynamic_shapes={"observation": {0: torch.export.Dim("batch")}},
    external_data=False,
)
