import { InvalidInputError } from "../../core/errors.ts";
import { applyOverrides, type PipelineDeclaration } from "../../pipelines/mod.ts";
import { importModules } from "../../runtime/prepare/code_modules.ts";
import { commandLine } from "../kit/command_line.ts";
import {
  listDeclarations,
  loadDeclaration,
  type LoadedDeclaration,
} from "../../runtime/prepare/declarations.ts";
import { defineCommand, type InputOf } from "../kit/flags.ts";
import { noteLine, printLine } from "../kit/output.ts";
import { runCommand } from "../kit/run_command.ts";
import { codeOf, POLICY_COMMAND_FLAG } from "../kit/policy_command_flag.ts";
import {
  JUNIT_FLAG,
  OVERRIDE_FLAGS,
  overridesOf,
  RUN_FLAGS,
  SUBMIT_FLAG,
} from "../kit/run_flags.ts";
import { runDeclaration } from "../kit/run_pipeline.ts";
import { renderTable } from "../render/table.ts";
import { workingDirectory } from "../kit/places.ts";

export const PIPELINE = defineCommand({
  name: "pipeline",
  summary: "Runs a pipeline, from its declaration to the dataset, the policy and the report.",
  description: "Reuses stored results; an interrupted run continues where it stopped.",
  arguments: {
    pipeline: {
      description: "Name of a pipeline, or a .yaml or .json file; omit it to list the pipelines",
      optional: true,
    },
  },
  flags: {
    list: { type: "boolean", description: "List the built-in pipelines" },
    ...OVERRIDE_FLAGS,
    ...RUN_FLAGS,
    ...SUBMIT_FLAG,
    ...POLICY_COMMAND_FLAG,
    ...JUNIT_FLAG,
  },
  examples: [
    ["deno task pipeline reach-expert", "generate data, train and evaluate"],
    ["deno task pipeline reach-expert --plan", "show what is stored and what would run"],
    [
      "deno task pipeline reach-expert --episodes 200 --set train.steps=5000",
      "a smaller run, which reuses the shards they share",
    ],
    [
      "deno task pipeline arm.yaml --json | jq .stages.evaluate.metrics",
      "your own declaration",
    ],
  ],
});

/**
 * The declaration that the command line names, as its flags change it.
 *
 * @throws {InvalidInputError} If there is none, or it or a flag is not usable
 */
export async function readPipeline(
  { arguments: { pipeline }, flags }: InputOf<typeof PIPELINE>,
): Promise<LoadedDeclaration & { readonly original: PipelineDeclaration }> {
  if (pipeline === undefined) {
    throw new InvalidInputError({
      action: "run",
      place: "pipeline",
      expected: "a name or a file",
      found: "nothing",
      remedy: 'see "deno task pipeline --list"',
    });
  }
  await importModules(codeOf(flags), workingDirectory());
  const { declaration, folder, ...place } = await loadDeclaration(
    pipeline,
    workingDirectory(),
    noteLine,
  );
  const overrides = overridesOf(flags);
  return {
    declaration: applyOverrides(declaration, overrides),
    original: declaration,
    ...(folder === undefined ? {} : { folder }),
    // What a flag has changed is not what stands in the file.
    ...(overrides.set?.length ? {} : place),
  };
}

/** Whether a command line names no pipeline and nothing that should happen to one. */
function asksForNothing(args: readonly string[]): boolean {
  return args.every((arg) => arg === "--json" || arg === "--");
}

function renderPipelines(pipelines: ReturnType<typeof listDeclarations>): string {
  const rows = pipelines.map(({ name, description }) => [name, description]);
  return [
    renderTable([{ title: "pipeline" }, { title: "description" }], rows),
    "",
    "Run one:   deno task pipeline NAME",
    "Plan only: deno task pipeline NAME --plan",
  ].join("\n");
}

if (import.meta.main) {
  await runCommand(PIPELINE, async (input) => {
    const { flags } = input;
    if (flags.list || asksForNothing(Deno.args)) {
      const pipelines = listDeclarations();
      printLine(flags.json ? JSON.stringify(pipelines) : renderPipelines(pipelines));
      return 0;
    }
    const { declaration, ...place } = await readPipeline(input);
    return await runDeclaration(declaration, flags, {
      command: commandLine("pipeline"),
      junit: flags.junit,
      ...place,
    });
  });
}
