import { join } from "node:path";
import { InvalidInputError } from "../core/errors.ts";
import { generatePipeline } from "../pipelines/mod.ts";
import { commandLine } from "./command_line.ts";
import { defineCommand } from "./flags.ts";
import { checkOutputFile, writeOutputFile } from "./output_file.ts";
import { oneOf } from "./parse_command.ts";
import { runCommand } from "./run_command.ts";
import { RUN_FLAGS } from "./run_flags.ts";
import { runDeclaration } from "./run_pipeline.ts";
import { renderDatasetStatistics } from "./summary.ts";

export const GENERATE = defineCommand({
  name: "generate",
  summary: "Simulates episodes of one environment and merges them into a dataset.",
  description: "Episodes are checked (finite, complete, consistent) but not filtered.",
  arguments: {
    environment: { description: "Registered environment, e.g. reach", optional: true },
  },
  flags: {
    environment: {
      type: "text",
      placeholder: "NAME",
      description: "The environment, in place of the argument",
      aliases: ["env-name", "env"],
    },
    policy: {
      type: "text",
      placeholder: "NAME",
      description: "Policy of the environment: scripted, random; of push-t also dmp",
      default: "scripted",
      aliases: ["policy-type"],
    },
    engine: {
      type: "text",
      placeholder: "NAME",
      description: "Of push-t: rapier2d, or chipmunk, which computes what gym-pusht computes",
    },
    scaleForcing: {
      type: "boolean",
      description: "Of push-t's policy dmp: scale the forcing term by goal − start",
    },
    randomize: {
      type: "boolean",
      description: "Vary light, friction ... from episode to episode",
      aliases: ["domain-randomization"],
    },
    episodes: {
      type: "integer",
      description: "Episodes of the dataset",
      default: 100,
      min: 1,
      aliases: ["n-episodes", "num-episodes", "num-samples"],
    },
    maxSteps: {
      type: "integer",
      description: "Control steps after which an episode is cut; the environment's where absent",
      min: 1,
    },
    seed: { type: "integer", placeholder: "SEED", description: "Seed", default: 0, min: 0 },
    actionNoise: {
      type: "number",
      placeholder: "STD",
      description: "Standard deviation of noise on the action; labels stay clean",
      default: 0,
      min: 0,
    },
    output: {
      type: "text",
      placeholder: "FILE",
      description: "Also export the dataset to this .h5 file",
      aliases: ["output-path"],
    },
    ...RUN_FLAGS,
  },
  examples: [
    ["deno task generate reach --episodes 500 --output data/reach.h5", "scripted expert, HDF5"],
    ["deno task generate push-t --policy dmp --num-samples 128", "random movements in Push-T"],
    ["deno task generate reach --policy random --randomize --seed 7", "varied random data"],
  ],
});

if (import.meta.main) {
  await runCommand(GENERATE, async ({ arguments: words, flags }) => {
    const environment = oneOf(GENERATE, "environment", words.environment, flags.environment);
    const output = flags.output === undefined ? null : checkOutputFile(flags.output);
    if (output !== null && flags.keep) {
      throw new InvalidInputError(
        'Cannot run "generate" with "--output" and "--keep": expected one of them, found both: ' +
          'leave one out, or write the file later with "deno task export"',
      );
    }
    const options = {
      ...(flags.engine === undefined ? {} : { engine: flags.engine }),
      ...(flags.scaleForcing ? { scaleForcing: true } : {}),
    };
    const { policy, randomize, episodes, actionNoise, maxSteps, seed } = flags;
    const declaration = generatePipeline({
      environment,
      policy,
      randomize,
      episodes,
      actionNoise,
      ...(Object.keys(options).length === 0 ? {} : { options }),
      ...(maxSteps === undefined ? {} : { maxSteps }),
    }, seed);
    return await runDeclaration(declaration, flags, {
      command: commandLine("generate"),
      async onCompleted(root, { stages }) {
        const { merge } = stages;
        if (merge === undefined) return "";
        if (output === null) return renderDatasetStatistics(merge, null);
        const bytes = await writeOutputFile(join(root, merge.path), output);
        return renderDatasetStatistics(merge, { path: output.path, bytes });
      },
    });
  });
}
