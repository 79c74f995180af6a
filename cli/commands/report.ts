import { join } from "node:path";
import { gatherReport } from "../../activities/report/report.ts";
import { givenEnvironment } from "../../infra/given_environment.ts";
import { MissingToolError } from "../../core/errors.ts";
import { pushFile, resolveRun, writeFileAtomically } from "../../store/mod.ts";
import { renderReport } from "../../view/report.ts";
import { importModules } from "../../runtime/prepare/code_modules.ts";
import { MODULE_FLAG } from "../kit/module_flag.ts";
import { displayPath, openDataRootWith, workingDirectory } from "../kit/places.ts";
import { defineCommand } from "../kit/flags.ts";
import { printLine } from "../kit/output.ts";
import { runCommand } from "../kit/run_command.ts";

export const REPORT = defineCommand({
  name: "report",
  summary: "Builds the report of a run from stored results, and prints its path.",
  description: "For a run in progress, the report shows stage progress and training curves so far.",
  arguments: { run: { description: "Run: reach-expert, reach-expert/7, or its directory" } },
  flags: { open: { type: "boolean", description: "Open it in the browser" }, ...MODULE_FLAG },
  examples: [["deno task report reach-expert --open", "open the report of the latest run"]],
});

if (import.meta.main) {
  await runCommand(REPORT, async ({ arguments: { run: text }, flags: { open, module } }) => {
    const { root, bucket } = await openDataRootWith(text);
    await importModules(module, workingDirectory());
    const { directory } = await resolveRun(root, text);
    const file = join(root, directory, "report.html");
    await writeFileAtomically(
      file,
      await renderReport(await gatherReport(root, directory, { now: new Date() })),
    );
    if (bucket !== undefined) await pushFile(bucket, join(directory, "report.html"));
    printLine(displayPath(file));
    if (open) await openInBrowser(file);
    return 0;
  });
}

async function openInBrowser(file: string): Promise<void> {
  const program = Deno.build.os === "darwin" ? "open" : "xdg-open";
  try {
    const { success } = await new Deno.Command(program, {
      args: [file],
      stdout: "null",
      clearEnv: true,
      env: givenEnvironment(["desktop"]),
    }).output();
    if (success) return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  throw new MissingToolError({
    action: "open",
    place: displayPath(file),
    expected: `${program} to start a browser`,
    found: "none",
    remedy: "open the file manually",
  });
}
