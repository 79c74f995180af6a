"""lerobot-train on an export of a dataset: python train.py EXPORT OUTPUT CHECKPOINT."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

data, output, checkpoint = (pathlib.Path(path) for path in sys.argv[1:])
parameters = json.loads(os.environ["SLUICE_PARAMETERS"])
steps = parameters["steps"]
run = checkpoint / "run"
last = run / "checkpoints" / "last" / "pretrained_model"

if last.exists():  # it was killed, or its worker was
    flags = [f"--config_path={last / 'train_config.json'}", "--resume=true"]
else:
    shutil.rmtree(run, ignore_errors=True)  # which lerobot-train refuses without a checkpoint
    flags = [
        "--dataset.repo_id=sluice/push-t",
        f"--dataset.root={data}",
        "--dataset.video_backend=pyav",  # it brings its codecs
        f"--policy.type={parameters['policy']}",
        f"--policy.device={parameters['device']}",
        "--policy.push_to_hub=false",
        "--policy.pretrained_backbone_weights=null",  # nothing is downloaded
        f"--output_dir={run}",
        f"--seed={int(os.environ['SLUICE_SEED'])}",
        f"--steps={steps}",
        f"--save_freq={max(1, min(5000, steps))}",
        f"--log_freq={max(1, min(100, steps // 10))}",
        f"--batch_size={parameters['batch']}",
        "--num_workers=0",
        "--eval_freq=0",
    ]

process = subprocess.Popen(
    [sys.executable, "-m", "lerobot.scripts.lerobot_train", *flags],
    env={**os.environ, "HF_HUB_OFFLINE": "1", "WANDB_MODE": "disabled"},
    stdout=subprocess.PIPE,
    stderr=subprocess.STDOUT,
    text=True,
)
loss = None
for line in process.stdout:
    print(line, end="", file=sys.stderr)
    logged = re.search(r"step:(\d+)(K?) .*?loss:([\d.]+)", line)
    if logged:
        done = int(logged[1]) * (1000 if logged[2] else 1)
        loss = float(logged[3])
        print(json.dumps({"done": min(done, steps), "total": steps}))
if process.wait() != 0:
    sys.exit(process.returncode)

shutil.copytree(last, output / "policy")
metrics = {} if loss is None else {"loss": loss}
print(json.dumps({"metrics": metrics, "counts": {"steps": steps}}))
