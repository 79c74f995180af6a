import type { Overrides } from "../../pipelines/mod.ts";
import { MODULE_FLAG } from "./module_flag.ts";
import type { FlagTable, FlagValues } from "./flags.ts";

/** Reason why there is no choice of device. */
const CPU_ONLY =
  "simulation and training run on the CPU, so that results do not depend on a device";

/** Flags of other tools that choose a device. */
const DEVICE_FLAGS = {
  device: {
    type: "text",
    placeholder: "DEVICE",
    description: "Compute device",
    choices: ["cpu"],
    remedy: CPU_ONLY,
  },
  gpu: { type: "refused", description: CPU_ONLY, aliases: ["cuda", "gpus"] },
  enableRt: {
    type: "refused",
    description: "images are ray-cast on the CPU either way",
  },
} as const satisfies FlagTable;

/** The summary of a run, or what a command found, for machines. */
export const JSON_FLAG = {
  json: {
    type: "boolean",
    description: "Print the summary as one line of JSON on standard output",
  },
} as const satisfies FlagTable;

/** Flags that change a declaration. */
export const OVERRIDE_FLAGS = {
  set: {
    type: "list",
    placeholder: "STAGE.PARAMETER=VALUE",
    description: "Override a stage parameter of the declaration",
  },
  matrix: {
    type: "list",
    placeholder: "STAGE.PARAMETER=LEVELS",
    description: "Multiply a stage, and what reads it, into variants: 1e-4,3e-4 or 1..5",
  },
  seed: {
    type: "integer",
    placeholder: "SEED",
    description: "Seed, instead of the declaration's",
    min: 0,
  },
  episodes: {
    type: "integer",
    description: "Episodes of every generate stage; other stages keep theirs",
    min: 1,
    aliases: ["n-episodes"],
  },
} as const satisfies FlagTable;

/** The changes that the flags ask for. */
export function overridesOf(
  { set, matrix, seed, episodes }: FlagValues<typeof OVERRIDE_FLAGS>,
): Overrides {
  return {
    set,
    matrix,
    ...(seed === undefined ? {} : { seed }),
    ...(episodes === undefined ? {} : { episodes }),
  };
}

/** Flag of commands whose runs continuous integration judges. */
export const JUNIT_FLAG = {
  junit: {
    type: "text",
    placeholder: "FILE",
    description: "Also write the result as a JUnit XML file: stages, and conditions of gates",
  },
} as const satisfies FlagTable;

/** Flag of commands that may leave all work to workers of others. */
export const SUBMIT_FLAG = {
  noWorker: {
    type: "boolean",
    description: "Only submit the run and return: workers that you start elsewhere do the work",
  },
} as const satisfies FlagTable;

/** Flags of every command that runs a pipeline. */
export const RUN_FLAGS = {
  plan: {
    type: "boolean",
    description: "Show what is stored and what would run, without running it",
  },
  rerun: {
    type: "boolean",
    description: "Recompute and compare with the stored results; fail on any difference",
  },
  ...JSON_FLAG,
  logJson: { type: "boolean", description: "Print progress as JSON lines on standard error" },
  logInterval: {
    type: "integer",
    description: "Seconds between two lines of --log-json in which only a count changes",
    min: 1,
    internal: true,
  },
  keep: {
    type: "boolean",
    description:
      "Run in the background: return at once and keep server and worker running until deno " +
      "task down",
    aliases: ["detach"],
  },
  threads: {
    type: "integer",
    description: "Compute threads (default all cores); results do not depend on their number",
    min: 1,
    max: 1024,
    aliases: ["concurrency", "num-workers", "workers"],
  },
  ...MODULE_FLAG,
  ...DEVICE_FLAGS,
} as const satisfies FlagTable;
