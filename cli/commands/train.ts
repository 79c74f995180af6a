import { resolveArtifact } from "../../runtime/data/artifacts.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { listModels } from "../../learn/mod.ts";
import { trainPipeline } from "../../pipelines/mod.ts";
import { loadPolicy } from "../../store/mod.ts";
import { checkCheckpointDirectory, copyCheckpoints } from "../../runtime/data/checkpoint_output.ts";
import { commandLine } from "../kit/command_line.ts";
import { dataRoot, dataRootWith, storedName } from "../kit/places.ts";
import { defineCommand, type FlagTable } from "../kit/flags.ts";
import { modelFlags, modelOptions } from "../kit/model_flags.ts";
import { oneOf } from "../kit/parse_command.ts";
import { runCommand } from "../kit/run_command.ts";
import { RUN_FLAGS } from "../kit/run_flags.ts";
import { runDeclaration } from "../kit/run_pipeline.ts";

const OWN_FLAGS = {
  dataset: {
    type: "text",
    placeholder: "RUN",
    description: "Dataset, instead of the argument",
  },
  model: {
    type: "text",
    placeholder: "NAME",
    description: `Model: ${listModels().map(({ name }) => name).join(", ")}`,
    default: "bc",
  },
  steps: { type: "integer", description: "Optimiser steps", min: 1, aliases: ["max-steps"] },
  batch: { type: "integer", description: "Batch size in rows", min: 1, aliases: ["batch-size"] },
  lr: {
    type: "number",
    placeholder: "RATE",
    description: "Peak learning rate",
    min: 0,
    aliases: ["learning-rate"],
  },
  weightDecay: {
    type: "number",
    placeholder: "X",
    description: "Decoupled weight decay (AdamW)",
    min: 0,
  },
  warmup: {
    type: "integer",
    description: "Linear warm-up steps",
    min: 0,
    aliases: ["warmup-steps"],
  },
  clip: { type: "number", placeholder: "X", description: "Gradient clipping norm", min: 0 },
  hidden: {
    type: "text",
    placeholder: "W,W,...",
    description: "Hidden layer widths (default the model's, or those of --init-from)",
  },
  checkpointEvery: { type: "integer", description: "Steps between checkpoints", min: 1 },
  initFrom: {
    type: "text",
    placeholder: "RUN",
    description: "Initialise from the policy of a run, including its normalisation",
  },
  seed: { type: "integer", placeholder: "SEED", description: "Seed", default: 0, min: 0 },
  checkpointDir: {
    type: "text",
    placeholder: "DIR",
    description:
      "Also write the last and best checkpoints and policy.onnx to this directory at the " +
      "end",
  },
  noGpu: {
    type: "boolean",
    description: "Accepted for compatibility; training always runs on the CPU",
  },
  option: {
    type: "list",
    placeholder: "NAME=VALUE",
    description: "Model hyperparameter without a flag of its own, with its value as JSON",
  },
  ...RUN_FLAGS,
} as const satisfies FlagTable;

/** Hyperparameters of models. */
const MODEL_FLAGS = modelFlags(OWN_FLAGS);

export const TRAIN = defineCommand({
  name: "train",
  summary: "Trains a model on a stored dataset.",
  description: "Unset flags use the model's defaults.",
  arguments: {
    dataset: { description: "A run (reach-expert, reach-expert/7), or a path", optional: true },
  },
  flags: { ...OWN_FLAGS, ...MODEL_FLAGS },
  examples: [
    ["deno task train reach-expert --model bc --steps 50000 --batch 64", "on the latest dataset"],
    [
      "deno task train pusht-dmp-gym --model flow --consistency 0 --aux-num-flow-layers 3",
      "set model hyperparameters",
    ],
    [
      "deno task train reach-random --init-from reach-expert/3 --steps 2000",
      "fine-tune a stored policy",
    ],
  ],
});

if (import.meta.main) {
  await runCommand(TRAIN, async ({ arguments: words, flags }) => {
    const dataset = oneOf(TRAIN, "dataset", words.dataset, flags.dataset);
    if (/\.(h5|hdf5|npz)$/i.test(dataset)) {
      throw new InvalidInputError({
        action: "train on",
        place: dataset,
        expected: "a run or a dataset of the data directory",
        found: "a file in another format",
        remedy: 'import it with "deno task import", or generate the dataset',
      });
    }
    const root = await dataRoot();
    const { model, steps, batch, lr, weightDecay, warmup, clip, checkpointEvery } = flags;
    const initFrom = flags.initFrom === undefined ? undefined : storedName(root, flags.initFrom);
    const hidden = flags.hidden === undefined
      ? initFrom === undefined ? undefined : await hiddenWidths(initFrom)
      : parseWidths(flags.hidden);
    const given = {
      steps,
      batch,
      lr,
      weightDecay,
      warmup,
      clip,
      hidden,
      checkpointEvery,
      initFrom,
    };
    const declaration = trainPipeline({
      dataset: storedName(root, dataset),
      model,
      ...withoutAbsent(given),
      options: modelOptions(flags, MODEL_FLAGS, flags.option),
    }, flags.seed);
    const { checkpointDir } = flags;
    const directory = checkpointDir === undefined
      ? null
      : await checkCheckpointDirectory(checkpointDir);
    return await runDeclaration(declaration, flags, {
      command: commandLine("train"),
      original: trainPipeline({ dataset: storedName(root, dataset) }),
      ...(directory === null ? {} : {
        onCompleted: (root, summary) => copyCheckpoints(root, summary, directory),
      }),
    });
  });
}

/** @throws {InvalidInputError} If a width is no positive integer */
function parseWidths(text: string): number[] {
  const widths = text.split(",").map((word) => /^\s*[1-9]\d*\s*$/.test(word) ? Number(word) : NaN);
  if (!widths.includes(NaN)) return widths;
  throw new InvalidInputError({
    action: 'run "train" with',
    place: "--hidden",
    expected: "widths such as 256,256",
    found: `"${text}"`,
    remedy: "separate integers with commas",
  });
}

/** The hidden widths of a stored policy, undefined if its model has none. */
async function hiddenWidths(policy: string): Promise<number[] | undefined> {
  const { directory } = await resolveArtifact(await dataRootWith(policy, "model"), policy, "model");
  const { config } = await loadPolicy(directory);
  const hidden = typeof config === "object" && config !== null && "hidden" in config
    ? config["hidden"]
    : undefined;
  return Array.isArray(hidden) ? hidden.map(Number) : undefined;
}

/** An object without its undefined properties, which a declaration does not have. */
function withoutAbsent<T extends object>(
  values: T,
): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  // Object.fromEntries() loses the names.
  return Object.fromEntries(present) as { [Name in keyof T]?: Exclude<T[Name], undefined> };
}
