import { join } from "node:path";
import { InvalidInputError } from "../../core/errors.ts";
import { type PipelineDeclaration, runEnvPipeline } from "../../pipelines/mod.ts";
import {
  type DeclaredSource,
  getEnvironment,
  listEnvironments,
  LiveEpisode,
} from "../../sim/mod.ts";
import { importModules } from "../../runtime/prepare/code_modules.ts";
import { commandLine } from "../kit/command_line.ts";
import { camerasOf, readEnvironmentPair } from "../../runtime/prepare/environment_files.ts";
import { defineCommand, type FlagValues, type InputOf } from "../kit/flags.ts";
import { recordLeRobot } from "../kit/lerobot_export.ts";
import { noteLine, printLine } from "../kit/output.ts";
import { PAGE_FLAGS } from "../pages/page_server.ts";
import { servePreview } from "../pages/preview.ts";
import { checkPreviewFlags, choosePolicy, choosePreview } from "../pages/preview_choice.ts";
import { type ExitStatus, runCommand } from "../kit/run_command.ts";
import { codeOf, givenCommand, POLICY_COMMAND_FLAG } from "../kit/policy_command_flag.ts";
import { RUN_FLAGS } from "../kit/run_flags.ts";
import { runDeclaration } from "../kit/run_pipeline.ts";
import { renderDatasetStatistics } from "../render/summary.ts";
import { workingDirectory } from "../kit/places.ts";

/** Saved datasets have a pipeline's name: of the config's id, in its alphabet. */
const PREFIX = "run-env-";

export const RUN_ENV = defineCommand({
  name: "run-env",
  summary: "Simulates episodes of an environment declared in files, and saves the successful " +
    "ones.",
  description:
    "A gym config declares the scene, an action config its scripted expert. Invalid or " +
    "failed rollouts are retried with new random draws and never saved. See " +
    "docs/environments.md.",
  arguments: {
    environment: {
      description: "With --preview, an environment instead of a gym config: " +
        `${listEnvironments().map(({ name }) => name).join(", ")}`,
      optional: true,
    },
  },
  flags: {
    gymConfig: {
      type: "text",
      placeholder: "FILE",
      description: "Gym config, .json, .yaml or .yml",
    },
    actionConfig: {
      type: "text",
      placeholder: "FILE",
      description: "Action config of the scripted expert; without it, actions are random",
    },
    policy: {
      type: "text",
      placeholder: "NAME",
      description:
        "Policy: scripted (from the action config), random, or one that a module registers",
    },
    maxEpisodes: {
      type: "integer",
      description: "Episodes to save, instead of the config's max_episodes",
      min: 1,
      aliases: ["episodes", "n-episodes", "num-episodes"],
    },
    numEnvs: {
      type: "integer",
      description:
        "Parallel environments, one per thread; the data does not depend on their number",
      min: 1,
      max: 1024,
    },
    maxRetries: {
      type: "integer",
      description: "Retries for each invalid or failed episode (default 3, or the config's " +
        "demo_max_attempts minus 1)",
      min: 0,
      max: 9999,
    },
    saveFailedEpisodes: {
      type: "boolean",
      description: "Also save valid episodes that did not succeed",
    },
    filterDatasetSaving: {
      type: "boolean",
      description: "Simulate max-episodes rollouts and save nothing, for debugging",
    },
    seed: { type: "integer", placeholder: "SEED", description: "Seed", default: 0, min: 0 },
    headless: {
      type: "boolean",
      description: "Accepted for compatibility; only --preview shows anything",
    },
    preview: {
      type: "boolean",
      description:
        "Serve a page to run, step, drag and control the live environment; saves nothing",
    },
    ...PAGE_FLAGS,
    ...RUN_FLAGS,
    ...POLICY_COMMAND_FLAG,
  },
  examples: [
    [
      "deno task run-env --gym-config pipelines/shipped/pour_water/gym_config.json --action-config " +
      "pipelines/shipped/pour_water/action_config.json --max-episodes 10",
      "record ten expert episodes",
    ],
    [
      "deno task run-env --gym_config gym.yaml --action_config actions.yaml --plan",
      "show the expert's schedule and what is already stored",
    ],
    [
      "deno task run-env --gym_config gym.yaml --filter_dataset_saving --max_episodes 3",
      "simulate three rollouts without saving",
    ],
    [
      "deno task run-env --gym_config gym.yaml --action_config actions.yaml --preview",
      "watch it in the browser",
    ],
    ["deno task run-env reach --preview", "try a built-in environment"],
  ],
});

/** Simulation that a command line of `run-env` requests, and the pipeline that would save it. */
interface RunEnvRequest {
  readonly source: DeclaredSource;
  readonly rollouts: Rollouts;
  readonly declaration: PipelineDeclaration;
}

/**
 * The environment that the command line declares, and what is to come of it.
 *
 * @throws {InvalidInputError} If there is none, or a file is wrong
 */
export async function readRunEnv(
  { flags }: Pick<InputOf<typeof RUN_ENV>, "flags">,
): Promise<RunEnvRequest> {
  if (flags.gymConfig === undefined) {
    throw new InvalidInputError({
      action: "run",
      place: "run-env",
      expected: "a gym config",
      found: "none",
      remedy: "add --gym-config FILE",
    });
  }
  const command = givenCommand("run-env", flags, ["policy", "preview", "filterDatasetSaving"]);
  await importModules(codeOf(flags), workingDirectory());
  const source = await readEnvironmentPair(
    flags.gymConfig,
    flags.actionConfig ?? null,
    { from: workingDirectory(), onNote: noteLine },
  );
  const { config } = source;
  const rollouts: Rollouts = {
    policy: choosePolicy(getEnvironment("declared", source.options), flags.policy),
    episodes: flags.maxEpisodes ?? config.max_episodes,
    seed: flags.seed,
  };
  const recorder = Object.values(config.env.dataset)[0]?.params;
  const declaration = runEnvPipeline({
    ...rollouts,
    ...(command === null ? {} : { policy: command }),
    name: PREFIX + config.id.toLowerCase(),
    options: source.options,
    ...camerasOf(config),
    randomize: true,
    keepFailed: flags.saveFailedEpisodes || (recorder?.save_failed_episodes ?? false),
    retries: flags.maxRetries ?? config.demo_max_attempts - 1,
  });
  return { source, rollouts, declaration };
}

if (import.meta.main) {
  await runCommand(RUN_ENV, async (input) => {
    const { arguments: { environment: name }, flags } = input;
    checkPreviewFlags(name, flags);
    givenCommand("run-env", flags, ["preview"]); // a preview shows policies of the environment
    if (flags.preview) {
      await servePreview(await choosePreview(name, flags));
      return 0;
    }
    const { source, rollouts, declaration } = await readRunEnv(input);
    if (flags.filterDatasetSaving) return await rehearse(source, rollouts, flags);
    const { num_envs } = source.config;
    const threads = flags.threads ?? flags.numEnvs ?? (num_envs > 1 ? num_envs : undefined);
    return await runDeclaration(declaration, { ...flags, threads }, {
      command: commandLine("run-env"),
      async onCompleted(root, { pipeline, stages: { merge } }) {
        if (merge === undefined) return "";
        const recorded = await recordLeRobot(pipeline, join(root, merge.path));
        if (recorded === null) return renderDatasetStatistics(merge, null);
        if (flags.json) noteLine(recorded);
        return `${recorded}\n${renderDatasetStatistics(merge, null)}`;
      },
    });
  });
}

/** Rollouts to simulate. */
interface Rollouts {
  readonly policy: string;
  readonly episodes: number;
  readonly seed: number;
}

/** Simulates the first candidates of a run in this process, and tells how they ended. */
async function rehearse(
  { options }: DeclaredSource,
  { policy, episodes, seed }: Rollouts,
  { json }: Pick<FlagValues<typeof RUN_ENV.flags>, "json">,
): Promise<ExitStatus> {
  const environment = getEnvironment("declared", options);
  const common = { environment, policy, seed, stream: "generate", randomize: true };
  using live = await LiveEpisode.open(common);
  let successes = 0;
  for (let candidate = 0; candidate < episodes; candidate++) {
    live.begin(candidate);
    const { planProblem } = live.state;
    while (planProblem === null && live.state.end === null) live.step();
    const { step, success } = live.state;
    if (success) successes++;
    if (json) continue;
    const outcome = planProblem === null
      ? `${step} steps, ${success ? "success" : "failed"}`
      : `invalid: ${planProblem}`;
    printLine(`candidate ${candidate}: ${outcome}`);
  }
  printLine(
    json
      ? JSON.stringify({ candidates: episodes, successes, saved: 0 })
      : `${successes} of ${episodes} rollouts succeeded; nothing was saved.`,
  );
  return 0;
}
