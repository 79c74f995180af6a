/**
 * Stores a dataset for each `generate` stage that the JSON of the second argument has by name, in
 * a folder of the first: what the tests in python/tests compare with.
 */
import { join } from "node:path";
import { definePipeline } from "../../pipelines/mod.ts";
import { readEnvironmentFiles } from "../../runtime/prepare/environment_files.ts";
import { JobRoot } from "../activities/_job.ts";

const SEED = 11;

/** Two shards, which is what a job runs. */
const SIZE = { episodes: 2, shard: 1 };

const [directory = "", wanted = "{}"] = Deno.args;
for (const [name, stage] of Object.entries(JSON.parse(wanted))) {
  const declared = definePipeline({
    name: "job",
    seed: SEED,
    stages: {
      generate: Object.assign(
        { kind: "generate" as const, environment: "reach", ...SIZE },
        stage,
      ),
      validate: { kind: "validate", from: "generate" },
      merge: { kind: "merge", from: "validate" },
    },
  });
  await using job = await JobRoot.open([], await readEnvironmentFiles(declared, Deno.cwd()));
  await job.makeDataset();
  await Deno.rename(job.directoryOf("merge"), join(directory, name));
}
Deno.exit(0); // threads are left
