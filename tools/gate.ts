/**
 * Runs the checks that a change must pass, for `deno task ok` and `.ci/run` alike: format, lint,
 * types, tests. Tests that were skipped are named at the end; with `SLUICE_REQUIRE_PEERS=1` they
 * count as failed. The last line is `<n> passed, <n> failed`.
 */
import { defineCommand } from "../cli/kit/flags.ts";
import { printLine } from "../cli/kit/output.ts";
import { runCommand } from "../cli/kit/run_command.ts";
import { countTests, type TestCount } from "./test_count.ts";

/** Checks before the tests, by what they look at: each takes seconds. */
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  format: ["fmt", "--check"],
  lint: ["lint"],
  types: ["check", "--doc", ".", ...pagesIn("."), ...pagesIn("docs")],
};

/** Pages whose examples are checked: a folder stands for its code alone. */
function pagesIn(folder: string): readonly string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => `${folder}/${name}`)
    .filter((path) => path.endsWith(".md")).sort();
}

/** Test files that run at the same time, for each processor: most of them wait for processes. */
const FILES_PER_PROCESSOR = 2;

/** Runs Deno with its output shown. @returns Whether it succeeded, and what it wrote to stdout */
async function runDeno(args: readonly string[]): Promise<{ success: boolean; output: string }> {
  const jobs = String(FILES_PER_PROCESSOR * navigator.hardwareConcurrency);
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: { DENO_JOBS: Deno.env.get("DENO_JOBS") ?? jobs },
    stdout: "piped",
    stderr: "inherit",
  });
  const process = command.spawn();
  const decoder = new TextDecoder();
  let output = "";
  for await (const chunk of process.stdout) {
    await Deno.stdout.write(chunk);
    output += decoder.decode(chunk, { stream: true });
  }
  return { success: (await process.status).success, output };
}

/** Tells what was skipped and counts it as failed where peers are required. */
function judge({ passed, failed, skipped }: TestCount, requirePeers: boolean): TestCount {
  if (skipped.length === 0) return { passed, failed, skipped };
  printLine(`\n${skipped.length} skipped:`);
  for (const name of skipped) printLine(`  ${name}`);
  if (!requirePeers) return { passed, failed, skipped };
  printLine("They count as failed, because SLUICE_REQUIRE_PEERS=1 asks for every peer.");
  return { passed, failed: failed + skipped.length, skipped };
}

const OK = defineCommand({
  name: "ok",
  summary: "Checks format, lint, types and tests: what a change must pass.",
  arguments: {},
  flags: {},
  examples: [
    ["deno task ok", "before a change is sent"],
    ["SLUICE_REQUIRE_PEERS=1 deno task ok", "tests that were skipped count as failed"],
  ],
});

await runCommand(OK, async () => {
  for (const [name, args] of Object.entries(CHECKS)) {
    if ((await runDeno(args)).success) continue;
    printLine(`\nCannot go on to the tests: see what ${name} found above`);
    printLine("0 passed, 1 failed");
    return 1;
  }
  // Their types were checked above.
  const { success, output } = await runDeno(["task", "test", "--no-check"]);
  const count = countTests(output) ?? { passed: 0, failed: 1, skipped: [] };
  const { passed, failed } = judge(count, Deno.env.get("SLUICE_REQUIRE_PEERS") === "1");
  printLine(`${passed} passed, ${Math.max(failed, success ? 0 : 1)} failed`);
  return success && failed === 0 ? 0 : 1;
});
