/**
 * Trains and evaluates a small policy of reach, moves its data root to the first argument and prints
 * the paths of both stages in it: what python/tests/test_policies.py compares with.
 */
import { relative } from "node:path";
import { JobRoot } from "../activities/_job.ts";

const [directory = ""] = Deno.args;
const job = await JobRoot.open();
await job.makeDataset();
await job.runWhole("train");
await job.runSharded("evaluate");
const paths = ["train", "evaluate"].map((name) => relative(job.root, job.directoryOf(name)));
await job.pool.close();
await Deno.rename(job.root, directory);
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(paths)));
Deno.exit(0); // threads are left
