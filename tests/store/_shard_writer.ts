import { readCommit, removeStrays, shardDirectory, writeShard } from "../../store/mod.ts";
import { drawTable, SCHEMA } from "./_episodes.ts";

/** Writes the shards of a stage that are not committed, in order. Arguments: directory, shards. */
const [directory, shards] = Deno.args;
await removeStrays(directory!);
console.log("started");
for (let shard = 0; shard < Number(shards); shard++) {
  const path = shardDirectory(directory!, shard);
  if (await readCommit(path)) continue;
  await writeShard(path, drawTable({ first: 8 * shard, longest: 40 }), { schema: SCHEMA });
}
