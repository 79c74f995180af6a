/** LeRobot's trainer as a stage, and what it trains as a policy: see `pusht_lerobot.yaml`. */
import { type ParametersOf, registerCommand, registerCommandPolicy } from "@sluice/sluice";

const directory = import.meta.dirname!; // it is a local file

export const lerobotTrain = registerCommand({
  kind: "lerobot-train",
  summary: "Trains a policy by lerobot-train",
  command: ["python", "train.py", "{input.merge}", "{output}", "{checkpoint}"],
  directory,
  files: ["requirements.txt"],
  variables: ["HF_HOME"],
  parameters: {
    policy: { type: "text", default: "act", description: "Type of LeRobot's policy" },
    steps: { type: "integer", min: 1, default: 100_000, description: "Optimiser steps" },
    batch: { type: "integer", min: 1, default: 8, description: "Windows of one step" },
    device: { type: "text", default: "cpu", description: "Device of PyTorch" },
  },
  reads: { dataset: 1 },
  datasets: "lerobot",
  gives: "files",
  outputs: { "policy/": {} },
  draws: true,
  codeVersion: 1,
  progress: { unit: "steps" },
});

registerCommandPolicy({
  name: "lerobot",
  command: ["python", "act.py", "{input}/policy"],
  directory,
  environments: ["push-t"],
  files: ["requirements.txt"],
  cameras: [{ width: 96, height: 96 }],
});

declare module "@sluice/sluice" {
  interface StageKinds {
    "lerobot-train": ParametersOf<typeof lerobotTrain>;
  }
}
