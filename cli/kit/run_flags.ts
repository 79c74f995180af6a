import type { Overrides } from "../../pipelines/mod.ts";
import { MODULE_FLAG } from "./module_flag.ts";
import type { FlagTable, FlagValues } from "./flags.ts";

/** Why there is no choice of device. */
const CPU_ONLY =
  "the simulator and the trainer run on the CPU, so that their bits depend on no device";

/** Flags of other tools that choose a device. */
const DEVICE_FLAGS = {
  device: {
    type: "text",
    placeholder: "DEVICE",
    description: "Where to compute",
    choices: ["cpu"],
    remedy: CPU_ONLY,
  },
  gpu: { type: "refused", description: CPU_ONLY, aliases: ["cuda", "gpus"] },
  enableRt: {
    type: "refused",
    description: "pictures come from rays that are cast on the CPU, as they are without it",
  },
} as const satisfies FlagTable;

/** The summary of a run, or what a command found, for machines. */
export const JSON_FLAG = {
  json: { type: "boolean", description: "Print the summary as the only line on standard output" },
} as const satisfies FlagTable;

/** Flags that change a declaration. */
export const OVERRIDE_FLAGS = {
  set: {
    type: "list",
    placeholder: "STAGE.PARAMETER=VALUE",
    description: "Change a parameter of the declaration",
  },
  seed: {
    type: "integer",
    placeholder: "SEED",
    description: "Seed in place of the declaration's",
    min: 0,
  },
  episodes: {
    type: "integer",
    description: "Episodes of every generate stage, and of nothing else",
    min: 1,
    aliases: ["n-episodes"],
  },
} as const satisfies FlagTable;

/** The changes that the flags ask for. */
export function overridesOf(
  { set, seed, episodes }: FlagValues<typeof OVERRIDE_FLAGS>,
): Overrides {
  return {
    set,
    ...(seed === undefined ? {} : { seed }),
    ...(episodes === undefined ? {} : { episodes }),
  };
}

/** Flags of every command that runs a pipeline. */
export const RUN_FLAGS = {
  plan: { type: "boolean", description: "Show what is stored and what would run, and run nothing" },
  rerun: {
    type: "boolean",
    description: "Compute again beside the stored result and compare; a difference fails the run",
  },
  ...JSON_FLAG,
  logJson: { type: "boolean", description: "Progress as JSON lines on standard error" },
  keep: {
    type: "boolean",
    description: "Return at once; server and worker stay until deno task down",
    aliases: ["detach"],
  },
  threads: {
    type: "integer",
    description: "Threads that compute; the machine's cores where absent. They change no byte",
    min: 1,
    max: 1024,
    aliases: ["concurrency", "num-workers", "workers"],
  },
  ...MODULE_FLAG,
  ...DEVICE_FLAGS,
} as const satisfies FlagTable;
