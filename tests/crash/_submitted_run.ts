import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunSummary } from "../../activities/types.ts";
import type { PipelineDeclaration } from "../../pipelines/mod.ts";
import { PROJECT_DIRECTORY, taskArguments } from "../../runtime/services/task_command.ts";
import { TaskDirectory } from "../cli/_task_directory.ts";
import { runProgram } from "../infra/_server_programs.ts";

/** Hands a run to the workers of a server. */
export async function submitRun(
  job: PipelineDeclaration,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  await using site = new TaskDirectory();
  const file = site.write("job.json", job);
  await runProgram(Deno.execPath(), taskArguments("pipeline", [file, "--no-worker"]), {
    cwd: PROJECT_DIRECTORY,
    env: { ...env, SLUICE_CACHE: site.path },
  });
}

/** Returns a look at how the first run of a pipeline ended: null before. */
export function summaryIn(committed: string, pipeline: string): () => RunSummary | null {
  const file = join(committed, "runs", pipeline, "0001/run.json");
  return () => {
    if (!existsSync(file)) return null;
    try {
      const summary: RunSummary = JSON.parse(readFileSync(file, "utf8"));
      return "status" in summary && ["completed", "failed", "cancelled"].includes(summary.status)
        ? summary
        : null;
    } catch {
      return null; // it is being written
    }
  };
}
