import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findServer } from "../../infra/temporal/server.ts";
import { listRuns, readRun } from "../../store/mod.ts";

const PROJECT = decodeURIComponent(new URL("../..", import.meta.url).pathname);

/** Starts a batch script as Slurm would. */
function startJob(script: string, home: string, args: readonly string[] = []): Deno.ChildProcess {
  return new Deno.Command("bash", {
    args: [join(PROJECT, "infra/slurm", script), ...args],
    env: { SLUICE_HOME: home, SLUICE_PROJECT: PROJECT, SLURM_CPUS_PER_TASK: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

Deno.test("batch scripts of Slurm run a pipeline with workers of other jobs, and end", async () => {
  const home = await Deno.makeTempDir({ prefix: "sluice-slurm-" });
  try {
    const workers = startJob("workers.sbatch", home); // queued first, it waits for the server
    const pipeline = startJob("pipeline.sbatch", home, ["reach-random", "--episodes", "32"]);
    const ended = await Promise.all([pipeline.output(), workers.output()]);
    for (const { success, stderr } of ended) assert.ok(success, new TextDecoder().decode(stderr));
    const [run] = await listRuns(home);
    const summary = await readRun(home, run!.directory);
    assert.match(JSON.stringify(summary), /"status":"completed"/);
    assert.equal(await findServer(join(home, "temporal")), null);
    assert.equal(existsSync(join(home, "slurm-address")), false);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
