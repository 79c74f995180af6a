import { join } from "node:path";
import { InvalidInputError } from "../../core/errors.ts";
import { policyLabel } from "../../pipelines/kinds/policy.ts";
import { generatePipeline } from "../../pipelines/mod.ts";
import { listEnvironments } from "../../sim/mod.ts";
import { commandLine } from "../kit/command_line.ts";
import { defineCommand, type FlagValues } from "../kit/flags.ts";
import {
  checkMovementOutput,
  MOVEMENT_FLAGS,
  MOVEMENT_SAMPLES,
  planMovementOutput,
  writeMovementOutput,
} from "../kit/movement_output.ts";
import { isPolicyFile } from "../../runtime/prepare/policy_file.ts";
import { checkOutputFile } from "../../runtime/data/output_file.ts";
import { writeOutputFile } from "../kit/write_output_file.ts";
import { oneOf } from "../kit/parse_command.ts";
import { runCommand } from "../kit/run_command.ts";
import { givenCommand, POLICY_COMMAND_FLAG } from "../kit/policy_command_flag.ts";
import { RUN_FLAGS } from "../kit/run_flags.ts";
import { runDeclaration } from "../kit/run_pipeline.ts";
import { renderDatasetStatistics } from "../render/summary.ts";
import { workingDirectory } from "../kit/places.ts";

/** Default number of episodes. */
const EPISODES = 100;

/** Those that come with Sluice; modules add others. */
const ENVIRONMENTS = listEnvironments().map(({ name }) => name).join(", ");

export const GENERATE = defineCommand({
  name: "generate",
  summary: "Simulates episodes of one environment and merges them into a dataset.",
  description: "Validates episodes (finite, complete, consistent) but does not filter them.",
  arguments: {
    environment: { description: `Environment: ${ENVIRONMENTS}`, optional: true },
  },
  flags: {
    environment: {
      type: "text",
      placeholder: "NAME",
      description: "Environment, instead of the argument",
      aliases: ["env-name", "env"],
    },
    policy: {
      type: "text",
      placeholder: "NAME",
      description:
        "Policy of the environment: scripted or random; for push-t also planner and dmp " +
        "(default scripted; for push-t, planner); or a .onnx file (docs/policies.md)",
      aliases: ["policy-type"],
    },
    engine: {
      type: "text",
      placeholder: "NAME",
      description:
        "Physics engine of push-t: rapier2d, or chipmunk, which reproduces gym-pusht exactly",
    },
    scaleForcing: {
      type: "boolean",
      description: "Policy dmp: scale the forcing term by goal − start",
    },
    randomize: {
      type: "boolean",
      description: "Randomize lighting, friction and more in each episode",
      aliases: ["domain-randomization"],
    },
    episodes: {
      type: "integer",
      description:
        `Episodes in the dataset (default ${EPISODES}; for policy dmp, ${MOVEMENT_SAMPLES})`,
      min: 1,
      aliases: ["n-episodes", "num-episodes", "num-samples", "num-trajectories"],
    },
    maxSteps: {
      type: "integer",
      description: "Maximum episode length in control steps (default the environment's)",
      min: 1,
    },
    seed: { type: "integer", placeholder: "SEED", description: "Seed", default: 0, min: 0 },
    actionNoise: {
      type: "number",
      placeholder: "STD",
      description: "Standard deviation of action noise; recorded labels stay clean",
      default: 0,
      min: 0,
    },
    output: {
      type: "text",
      placeholder: "FILE",
      description: "Also export the dataset to this file: .h5, or .npz for padded transitions",
      aliases: ["output-path"],
    },
    ...MOVEMENT_FLAGS,
    ...RUN_FLAGS,
    ...POLICY_COMMAND_FLAG,
  },
  examples: [
    ["deno task generate reach --episodes 500 --output data/reach.h5", "scripted expert, HDF5"],
    [
      "deno task generate push-t --policy dmp --engine chipmunk --num-samples 1000 --seed 42",
      "random Push-T movements, as gym-pusht would record them",
    ],
    [
      "deno task generate push-t --engine chipmunk --episodes 50",
      "Push-T solved by a planner, with gym-pusht's physics",
    ],
    [
      "deno task generate reach --policy random --randomize --seed 7",
      "random actions with domain randomization",
    ],
  ],
});

/** The policy that demonstrates the task of an environment. */
function demonstratorOf(environment: string): string {
  const definition = listEnvironments().find(({ name }) => name === environment);
  return definition?.demonstrator ?? "scripted";
}

type GenerateFlags = FlagValues<typeof GENERATE.flags>;

/**
 * Plans what the flags ask to generate, whether by random movements of Push-T, and where else to
 * write it.
 *
 * @throws {InvalidInputError} If flags contradict each other
 */
function planGeneration(environment: string, flags: GenerateFlags) {
  const output = flags.output === undefined
    ? null
    : checkOutputFile(flags.output, workingDirectory());
  if (output !== null && flags.keep) {
    throw new InvalidInputError({
      action: 'run "generate" with "--output" and',
      place: "--keep",
      expected: "one of them",
      found: "both",
      remedy: 'omit one, or write the file later with "deno task export"',
    });
  }
  const { randomize, actionNoise, maxSteps, seed } = flags;
  const command = givenCommand("generate", flags, ["policy"]);
  const policy = command ?? givenPolicy(flags.policy) ?? demonstratorOf(environment);
  const isMovement = environment === "push-t" && policy === "dmp";
  if (flags.scaleForcing && !isMovement) {
    throw new InvalidInputError({
      action: 'run "generate" with',
      place: "--scale-forcing",
      expected: "push-t with --policy dmp",
      found: `${environment} with --policy ${policyLabel(policy)}`,
      remedy: "omit --scale-forcing, or use push-t with --policy dmp",
    });
  }
  const movement = planMovementOutput(flags, isMovement);
  const options = {
    ...(flags.engine === undefined ? {} : { engine: flags.engine }),
    ...(flags.scaleForcing ? { scaleForcing: true } : {}),
  };
  const declaration = generatePipeline({
    environment,
    policy,
    randomize,
    episodes: flags.episodes ?? episodesOf(isMovement),
    actionNoise,
    ...(Object.keys(options).length === 0 ? {} : { options }),
    ...(maxSteps === undefined ? {} : { maxSteps }),
  }, seed);
  return { declaration, isMovement, movement, output };
}

/** A policy of the environment by its name, or an ONNX file. */
function givenPolicy(text: string | undefined) {
  return text !== undefined && isPolicyFile(text) ? { stored: text } : text;
}

/** Episodes where no flag says how many. */
function episodesOf(isMovement: boolean): number {
  return isMovement ? MOVEMENT_SAMPLES : EPISODES;
}

if (import.meta.main) {
  await runCommand(GENERATE, async ({ arguments: words, flags }) => {
    const environment = oneOf(GENERATE, "environment", words.environment, flags.environment);
    const { declaration, isMovement, movement, output } = planGeneration(environment, flags);
    return await runDeclaration(declaration, flags, {
      command: commandLine("generate"),
      original: generatePipeline({
        environment,
        policy: demonstratorOf(environment),
        randomize: false,
        episodes: episodesOf(isMovement),
        actionNoise: GENERATE.flags.actionNoise.default,
      }),
      async onPrepared(prepared) {
        if (movement !== null) await checkMovementOutput(movement, prepared);
      },
      async onCompleted(root, { stages }) {
        const { merge } = stages;
        if (merge === undefined) return "";
        const directory = join(root, merge.path);
        const file = output === null
          ? null
          : { path: output.path, bytes: await writeOutputFile(directory, output) };
        const statistics = renderDatasetStatistics(merge, file);
        if (movement === null) return statistics;
        return `${statistics}\n${await writeMovementOutput(directory, movement)}`;
      },
    });
  });
}
