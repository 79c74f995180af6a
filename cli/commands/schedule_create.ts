import { InvalidInputError } from "../../core/errors.ts";
import { freshSeed } from "../../pipelines/fresh_seed.ts";
import { applyOverrides, compilePipeline } from "../../pipelines/mod.ts";
import { NAME_PATTERN } from "../../pipelines/places.ts";
import type { NightlyInput } from "../../workflows/types.ts";
import { importModules } from "../../runtime/prepare/code_modules.ts";
import { MODULE_FLAG } from "../kit/module_flag.ts";
import { codeOf, POLICY_COMMAND_FLAG } from "../kit/policy_command_flag.ts";
import { createCompileContext } from "../../runtime/prepare/compile_context.ts";
import { type PolicyFile, readPolicyFiles } from "../../runtime/prepare/policy_file.ts";
import { importedPolicyDirectory, importPolicy } from "../../store/mod.ts";
import {
  displayPath,
  environmentVariables,
  openDataRoot,
  workingDirectory,
} from "../kit/places.ts";
import { loadDeclaration, type LoadedDeclaration } from "../../runtime/prepare/declarations.ts";
import {
  removeFailureCommand,
  storeFailureCommand,
} from "../../runtime/schedule/failure_command.ts";
import { defineCommand, type FlagValues } from "../kit/flags.ts";
import { noteLine, printLine } from "../kit/output.ts";
import type { CommandAction } from "../kit/run_command.ts";
import { JSON_FLAG, OVERRIDE_FLAGS, overridesOf } from "../kit/run_flags.ts";
import { makeDataRoot } from "../../runtime/data/data_root.ts";
import { openRoot } from "../../runtime/data/root_identity.ts";
import { withSchedules } from "../../runtime/schedule/schedule_client.ts";
import { parseTime, parseTimezone } from "../../runtime/schedule/schedule_time.ts";
import { viewSchedules } from "../kit/schedule_memory.ts";
import { renderSchedule } from "../render/schedule_view.ts";

/** Interval at which a nightly run checks that workers of its code still exist. */
const CHECK_INTERVAL = "10 minutes";

export const CREATE = defineCommand({
  name: "schedule create",
  summary: "Schedules a pipeline to run every night.",
  description:
    "Stores the declaration as it is now; each night compiles it with the code installed " +
    "then. A server and a worker with the same modules and policy commands must be running at that time: " +
    '"deno task up", or the systemd unit in infra/systemd. If none is running, the run starts ' +
    "as soon as one is, within a day; after that it counts as missed.",
  arguments: {
    pipeline: { description: "Name of a pipeline, or a .yaml or .json file" },
  },
  flags: {
    daily: { type: "text", placeholder: "HH:MM", description: "Local time of day, e.g. 02:00" },
    timezone: {
      type: "text",
      placeholder: "ZONE",
      description: "IANA time zone, e.g. Europe/Berlin (default this machine's)",
    },
    mode: {
      type: "text",
      placeholder: "MODE",
      default: "reproduce",
      choices: ["reproduce", "fresh"],
      description:
        "reproduce recomputes stored results and fails if a digest differs; fresh generates " +
        "new data every night with a seed from the date",
    },
    name: {
      type: "text",
      placeholder: "NAME",
      description: "Name of the schedule (default the pipeline's)",
    },
    onFailure: {
      type: "text",
      placeholder: "COMMAND",
      description:
        "Shell command to run on the worker's machine when a nightly run fails, with SLUICE_ERROR, " +
        "SLUICE_RUN and SLUICE_REPORT (path) in its environment",
    },
    ...OVERRIDE_FLAGS,
    ...MODULE_FLAG,
    ...POLICY_COMMAND_FLAG,
    ...JSON_FLAG,
  },
  examples: [
    ["deno task schedule create reach-expert --daily 02:00", "reproduce a run every night"],
    [
      "deno task schedule create reach-expert --daily 02:30 --timezone Europe/Berlin --mode fresh " +
      "--name reach-fresh",
      "generate data and train a policy every night",
    ],
    [
      "deno task schedule create arm.yaml --daily 02:00 --on-failure " +
      `'mail -s "$SLUICE_RUN failed" me@example.org < "$SLUICE_REPORT"'`,
      "send an email when a nightly run fails",
    ],
  ],
});

type Words = { readonly pipeline: string };
type Flags = FlagValues<typeof CREATE.flags>;

/** Creates a schedule; every fault of the input is found before a server starts. */
export const create: CommandAction<typeof CREATE.flags, typeof CREATE.arguments> = async (
  { arguments: words, flags },
) => {
  const { root, bucket } = await openDataRoot({ create: true });
  const { input, policyFiles } = await nightlyInput(root, words, flags);
  const { schedule } = input, { onFailure } = flags;
  await makeDataRoot(root);
  await openRoot(root, { environment: environmentVariables(), onNote: noteLine });
  for (const { content } of policyFiles) {
    await importPolicy(root, content);
    await bucket?.push(importedPolicyDirectory(content), { exact: true });
  }
  const view = await withSchedules(root, async (schedules) => {
    await schedules.create(input, Temporal.Now.plainDateISO(input.timezone));
    if (onFailure === undefined) removeFailureCommand(root, schedule);
    else await storeFailureCommand(root, schedule, onFailure);
    const views = await viewSchedules(root, schedules);
    return views.find(({ name }) => name === schedule)!; // it was created above
  }, { environment: environmentVariables(), onNote: noteLine });
  printLine(flags.json ? JSON.stringify(view) : renderSchedule(view));
  if (!flags.json) {
    printLine(
      `\nA server and a worker of ${displayPath(root)} must be running at that time: keep ` +
        '"deno task up" or the systemd unit in infra/systemd running.',
    );
  }
  return 0;
};

async function nightlyInput(
  root: string,
  { pipeline }: Words,
  flags: Flags,
): Promise<{ readonly input: NightlyInput; readonly policyFiles: readonly PolicyFile[] }> {
  if (flags.daily === undefined) {
    throw new InvalidInputError({
      action: "run",
      place: "schedule create",
      expected: "--daily HH:MM",
      found: "nothing",
      remedy: "add e.g. --daily 02:00",
    });
  }
  await importModules(codeOf(flags), workingDirectory());
  const daily = parseTime(flags.daily), timezone = parseTimezone(flags.timezone);
  const loaded = await loadDeclaration(pipeline, workingDirectory(), noteLine);
  const { declaration, policyFiles } = await readPolicyFiles(
    applyOverrides(loaded.declaration, overridesOf(flags)),
    loaded.folder ?? workingDirectory(),
    noteLine,
  );
  const schedule = flags.name ?? declaration.name;
  if (!NAME_PATTERN.test(schedule)) {
    throw new InvalidInputError({
      action: 'run "schedule create" with',
      place: "--name",
      expected: "a name of a-z, 0-9, - and _ that begins with a letter",
      found: `"${schedule}"`,
      remedy: "rename it",
    });
  }
  const mode = flags.mode === "fresh" ? "fresh" : "reproduce";
  await checkDeclaration(root, { ...loaded, declaration }, { mode, policyFiles });
  return {
    input: { schedule, declaration, mode, daily, timezone, checkInterval: CHECK_INTERVAL },
    policyFiles,
  };
}

/** Compiles as a night will; new seeds must make new data. */
async function checkDeclaration(
  root: string,
  { declaration, locate }: LoadedDeclaration,
  { mode, policyFiles }: {
    readonly mode: NightlyInput["mode"];
    readonly policyFiles: readonly PolicyFile[];
  },
): Promise<void> {
  const context = await createCompileContext(root, declaration, { policyFiles });
  const { stages } = compilePipeline(declaration, context, locate);
  if (mode === "reproduce") return;
  const seed = freshSeed(declaration.seed ?? 0, "2000-01-01");
  const other = compilePipeline({ ...declaration, seed }, context);
  if (other.stages.some(({ key }, at) => key !== stages[at]?.key)) return;
  throw new InvalidInputError({
    action: `schedule "${declaration.name}" with`,
    place: "--mode fresh",
    expected: "stages that use the pipeline's seed",
    found: "that each stage sets its own",
    remedy: "remove a stage's seed, or use --mode reproduce",
  });
}
