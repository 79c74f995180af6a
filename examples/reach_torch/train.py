"""Behaviour cloning of a stored dataset: python train.py DATASET OUTPUT CHECKPOINT."""

import json
import os
import pathlib
import sys

import torch

import sluice

data, output, checkpoint = (pathlib.Path(path) for path in sys.argv[1:])
parameters = json.loads(os.environ["SLUICE_PARAMETERS"])
steps, batch, lr = parameters["steps"], parameters["batch"], parameters["lr"]
torch.manual_seed(int(os.environ["SLUICE_SEED"]))

dataset = sluice.open_dataset(data)
rows = dataset.windows(["action"], length=1).rows  # of the training split
inputs = torch.from_numpy(dataset.observations()[rows])
label = "action_label" if "action_label" in dataset.fields else "action"
targets = torch.from_numpy(dataset.column(label)[rows])


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


policy = Policy(inputs.mean(0), inputs.std(0).clamp_min(1e-6), targets.shape[1])
optimizer = torch.optim.Adam(policy.parameters(), lr)
first, state = 0, checkpoint / "state.pt"
if state.exists():  # it was killed, or its worker was
    saved = torch.load(state)
    policy.load_state_dict(saved["policy"])
    optimizer.load_state_dict(saved["optimizer"])
    first = saved["step"]

for step in range(first, steps):
    chosen = torch.randint(len(inputs), (batch,))
    loss = torch.nn.functional.mse_loss(policy(inputs[chosen]), targets[chosen])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if (step + 1) % 50 == 0:
        print(json.dumps({"done": step + 1, "total": steps}))
    if (step + 1) % 500 == 0:
        saved = {"policy": policy.state_dict(), "optimizer": optimizer.state_dict(), "step": step + 1}
        torch.save(saved, checkpoint / "next.pt")
        os.replace(checkpoint / "next.pt", state)

print(json.dumps({"metrics": {"loss": loss.item()}, "counts": {"steps": steps}}))
torch.onnx.export(
    policy.eval(),
    (inputs[:1],),
    output / "policy.onnx",
    input_names=["observation"],
    output_names=["action"],
    dynamic_shapes={"observation": {0: torch.export.Dim("batch")}},
    external_data=False,
)
