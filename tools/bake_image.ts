/**
 * Fills the caches of a container image: the compiled sources of every command and thread, and the
 * bundles of workflows and threads. A container then starts without a network and with a read-only
 * file system.
 */
import { workflowBundle } from "../runtime/bundles/workflow_bundle.ts";
import { ThreadBundle } from "../runtime/bundles/thread_bundle.ts";
import { codeDigest } from "../runtime/prepare/build_digest.ts";

const COMMANDS = new URL("../cli/commands/", import.meta.url);

/** Modules that other threads and processes start with. */
const ENTRIES = [
  "../activities/threads/thread_main.ts",
  "../runtime/environment_server/world_thread_main.ts",
  "../runtime/bundles/workflow_bundle.ts",
  "../mod.ts",
];

const commands = [...Deno.readDirSync(COMMANDS)].map(({ name }) => new URL(name, COMMANDS));
const modules = [...commands, ...ENTRIES.map((path) => new URL(path, import.meta.url))];
const { success } = await new Deno.Command(Deno.execPath(), {
  args: ["cache", "--frozen", ...modules.map(({ href }) => href)],
}).output();
if (!success) throw new Error("Cannot cache the modules of the commands: see above");
// Where the cache cannot be written, the data directory would take the bundle: there is none here.
const nowhere = new URL("../no-data-directory", import.meta.url).pathname;
const code = codeDigest(), environment = Deno.env.toObject();
console.log(await workflowBundle(nowhere, code, environment));
const threads = new ThreadBundle(code, environment);
await threads.make();
if (threads.entry === undefined) throw new Error("Cannot bundle the code of threads");
console.log(threads.entry.pathname);
Deno.exit(0); // the SDK's native threads would keep the process alive
