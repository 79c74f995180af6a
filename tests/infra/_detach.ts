/** Starts, detached, a program that lists its descriptors into the log `<argument>`. */
import { isAlive, startDetached } from "../../infra/temporal/process.ts";

const [log = ""] = Deno.args;
const child = await startDetached("ls", ["-l", "/dev/fd/"], { cwd: "/", log, env: {} });
while (isAlive(child)) await new Promise((resolve) => setTimeout(resolve, 10));
