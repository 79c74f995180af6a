"""Makes policies/ from the programs in docs/policies.md, and the actions that PyTorch computes.

Made by Python 3.11 with torch==2.15.0 and onnx==1.23.2, in this folder:
    python make_policies.py
"""

import hashlib
import json
import pathlib
import re
import shutil
import subprocess

import torch

HERE = pathlib.Path(__file__).parent
TARGET = HERE / "policies"
PAGE = HERE / "../../../docs/policies.md"

STEPS = 14
SEED = 5


def noise_of(predictions, size):
    """Returns the numbers that Sluice draws in an episode, which no other library has."""
    command = ["deno", "run", "-A", "noise.ts", str(SEED), str(predictions), str(size)]
    return json.loads(subprocess.run(command, cwd=HERE, check=True, stdout=subprocess.PIPE).stdout)


def run_lstm(policy, description, observations, _images):
    hidden = cell = torch.zeros(1, 1, 16)
    given, action = description["inputs"]["observation"], description["action"]
    actions = []
    for observation in observations:
        normalized = (observation - given["mean"]) / given["std"]
        output, hidden, cell = policy(normalized[None], hidden, cell)
        actions.append(output[0] * torch.tensor(action["std"]))
    return actions


def run_chunk(policy, description, observations, images):
    inputs, action = description["inputs"], description["action"]
    noise = noise_of(4, 16)
    mean, std = (torch.tensor(inputs["observation"][name]) for name in ("mean", "std"))
    colour, deviation = (torch.tensor(inputs["image"][name])[:, None, None] for name in ("mean", "std"))
    actions = []
    for prediction, step in enumerate(range(0, STEPS, 4)):
        seen = torch.stack([observations[max(0, step - 1)], observations[step]])
        image = (images[step].permute(2, 0, 1) / 255 - colour) / deviation
        chunk = policy(
            ((seen - mean) / std)[None],
            image[None],
            torch.tensor(noise[prediction]).reshape(1, 8, 2),
        )
        actions.extend(chunk[0, :4] * action["std"] + action["mean"])
    return actions[:STEPS]


def main():
    torch.manual_seed(1)
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir()
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    lstm, chunk = blocks
    for name, block, run, width, scale in (
        ("lstm", lstm, run_lstm, 20, 1.0),
        ("chunk", chunk, run_chunk, 5, 200.0),
    ):
        names = {}
        exec(block.replace(f'"{name}.onnx', f'"{TARGET}/{name}.onnx'), names)
        observations = scale * torch.rand(STEPS, width)
        pixels = torch.arange(24 * 24 * 3).reshape(24, 24, 3)
        images = torch.stack([(7 * pixels + 31 * step) % 256 for step in range(STEPS)])
        with torch.no_grad():
            actions = run(names["policy"], names["description"], observations, images)
        golden = {
            "program": hashlib.sha256(block.encode()).hexdigest(),
            "seed": SEED,
            "observations": observations.tolist(),
            "actions": [action.tolist() for action in actions],
        }
        (TARGET / f"{name}.json").write_text(json.dumps(golden) + "\n")


main()
