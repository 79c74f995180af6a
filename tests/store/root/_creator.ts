import { createRootFile } from "../../../store/mod.ts";

/** Gives a data root an id, or finds another's there, and prints it. Argument: directory. */
const [root] = Deno.args;
const { id } = createRootFile(root!, { id: crypto.randomUUID(), before: [], server: null });
console.log(id);
