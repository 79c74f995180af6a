import { defineCommand } from "../cli/kit/flags.ts";
import { noteLine, printLine } from "../cli/kit/output.ts";
import { runCommand } from "../cli/kit/run_command.ts";
import { InvalidInputError } from "../core/errors.ts";
import { suggestName } from "../core/suggest.ts";
import {
  PYTHON_ENVIRONMENTS,
  pythonEnvironment,
  type PythonEnvironmentName,
} from "./python_env.ts";

/** Makes the environments that the command line names, as tests and benchmarks find them. */

const NAMES = Object.keys(PYTHON_ENVIRONMENTS);

const PYTHON = defineCommand({
  name: "python",
  summary: "Makes Python environments of pinned packages, which tests and benchmarks compare with.",
  description: "Each lies in the checkout, as .venv-<environment>, and is made again when its " +
    "requirements change. Without arguments, the environments are listed.",
  arguments: {
    environment: { description: NAMES.join(", "), optional: true, many: true },
  },
  flags: {},
  examples: [
    ["deno task python", "which there are"],
    ["deno task python lerobot", "what deno task test:peers needs"],
  ],
});

function isName(name: string): name is PythonEnvironmentName {
  return Object.hasOwn(PYTHON_ENVIRONMENTS, name);
}

/** @throws {InvalidInputError} If there is none of that name */
function requireName(name: string): PythonEnvironmentName {
  if (isName(name)) return name;
  throw new InvalidInputError({
    action: "make a Python environment",
    place: name,
    expected: `one of ${NAMES.join(", ")}`,
    remedy: suggestName(name, NAMES),
  });
}

await runCommand(PYTHON, async ({ arguments: { environment } }) => {
  if (environment.length === 0) {
    const width = Math.max(...NAMES.map((name) => name.length));
    for (const [name, { summary }] of Object.entries(PYTHON_ENVIRONMENTS)) {
      printLine(`${name.padEnd(width)}  ${summary}`);
    }
    return 0;
  }
  const names = environment.map(requireName); // all of them, before any is made
  let status: 0 | 1 = 0;
  for (const name of names) {
    noteLine(`${name} …`);
    const { python, reason } = await pythonEnvironment(name, { make: true });
    if (python === null) status = 1;
    printLine(`${name}: ${python ?? reason}`);
  }
  return status;
});
