import { acquireLock } from "../../../store/mod.ts";

/** Holds the lock of a stage until it is killed. Arguments: directory, owner. */
const [directory, owner] = Deno.args;
await acquireLock(directory!, owner!);
console.log("held");
setInterval(() => {}, 1000);
