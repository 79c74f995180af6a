import { GO_TOOLS, goTool, type GoToolName } from "./go_tool.ts";

/** Builds the tools that the command line names, as tests and benchmarks find them. */

const known = Object.keys(GO_TOOLS), say = (text: string) => console.log(text);
if (Deno.args.length === 0) say(`Name some of ${known.join(", ")}`);
for (const name of Deno.args) {
  if (!known.includes(name)) {
    say(`${name}: expected one of ${known.join(", ")}`);
    Deno.exitCode = 2;
    continue;
  }
  say(`${name}: building …`);
  const { executables, reason } = await goTool(name as GoToolName, { make: true }); // checked above
  say(`${name}: ${reason ?? Object.values(executables!).join(", ")}`);
  if (reason !== null) Deno.exitCode = 1;
}
