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
seen = torch.from_numpy(dataset.observations()[windows.windows.rows])


class Policy(torch.nn.Module):
    """An MLP on normalised observations."""

    def __init__(self, mean: torch.Tensor, std: torch.Tensor, actions: int) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)
        self.layers = torch.nn.Sequential(
            *(torch.nn.Linear(len(mean), 256), torch.nn.ReLU()),
            *(torch.nn.Linear(256, 256), torch.nn.ReLU()),
            torch.nn.Linear(256, actions),
        )

    def forward(self, observation: torch.Tensor) -> torch.Tensor:
        return self.layers((observation - self.mean) / self.std)


policy = Policy(seen.mean(0), seen.std(0).clamp_min(1e-6), dataset.column(label).shape[1])
optimizer = torch.optim.Adam(policy.parameters(), lr)
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
for step, rows in enumerate(loader, first + 1):
    answer = policy(rows["observation"][:, 0])
    loss = torch.nn.functional.mse_loss(answer, rows[label][:, 0])
    optimizer.zero_grad()
    loss.backward()
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
