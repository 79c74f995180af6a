import { defineCommand } from "../cli/kit/flags.ts";
import { noteLine, printLine } from "../cli/kit/output.ts";
import { runCommand } from "../cli/kit/run_command.ts";
import { InvalidInputError } from "../core/errors.ts";
import { suggestName } from "../core/suggest.ts";
import { GO_TOOLS, goTool, type GoToolName } from "./go_tool.ts";

/** Builds the programs in Go that the command line names, as tests and benchmarks find them. */

const NAMES = Object.keys(GO_TOOLS);

const GO_TOOL = defineCommand({
  name: "go-tool",
  summary: "Builds programs in Go of pinned versions, which tests and benchmarks run.",
  description: "They lie in the user's cache. Most take a minute or two, temporal-server several " +
    "minutes and 3 GB. Without arguments, the programs are listed.",
  arguments: {
    program: { description: NAMES.join(", "), optional: true, many: true },
  },
  flags: {},
  examples: [
    ["deno task go-tool versitygw", "an S3 store, for the tests of object storage"],
    ["deno task go-tool versitygw temporal-server", "what bench:crash --cluster needs"],
    ["deno task go-tool helm compose-go", "what checks the chart and compose.yaml"],
  ],
});

function isName(name: string): name is GoToolName {
  return Object.hasOwn(GO_TOOLS, name);
}

/** @throws {InvalidInputError} If there is none of that name */
function requireName(name: string): GoToolName {
  if (isName(name)) return name;
  throw new InvalidInputError({
    action: "build a program",
    place: name,
    expected: `one of ${NAMES.join(", ")}`,
    remedy: suggestName(name, NAMES),
  });
}

await runCommand(GO_TOOL, async ({ arguments: { program } }) => {
  if (program.length === 0) {
    for (const [name, { module, version }] of Object.entries(GO_TOOLS)) {
      printLine(`${name}  ${module} ${version}`);
    }
  }
  let status: 0 | 1 = 0;
  for (const name of program.map(requireName)) { // all of them, before any is built
    noteLine(`${name} …`);
    const { executables, reason } = await goTool(name, { make: true });
    if (executables === null) status = 1;
    printLine(`${name}: ${reason ?? Object.values(executables!).join(", ")}`);
  }
  return status;
});
