/** Behaviour cloning in PyTorch as a stage: `reach_torch.yaml` beside this file has the pipeline. */
import { type ParametersOf, registerCommand } from "@sluice/sluice";

export const torchClone = registerCommand({
  kind: "torch-clone",
  summary: "Clones a policy by PyTorch and exports it to ONNX",
  command: ["python", "train.py", "{input.merge}", "{output}", "{checkpoint}"],
  directory: import.meta.dirname!, // it is a local file
  files: ["requirements.txt"],
  parameters: {
    steps: { type: "integer", min: 1, default: 5000, description: "Optimiser steps" },
    batch: { type: "integer", min: 1, default: 256, description: "Rows of one step" },
    lr: { type: "number", min: 0, max: 1, default: 1e-3, description: "Learning rate" },
  },
  reads: { dataset: 1 },
  gives: "policy",
  draws: true,
  codeVersion: 1,
  progress: { unit: "steps" },
});

declare module "@sluice/sluice" {
  interface StageKinds {
    "torch-clone": ParametersOf<typeof torchClone>;
  }
}
