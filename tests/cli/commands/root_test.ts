import assert from "node:assert/strict";
import { join } from "node:path";
import { openRoot, rememberServer } from "../../../runtime/data/root_identity.ts";
import { ROOT_FILE } from "../../../store/mod.ts";
import { TaskDirectory } from "../_task_directory.ts";

const NAMED = { env: { TEMPORAL_ADDRESS: "127.0.0.1:1" } };

Deno.test("root shows the identity of a data directory, and takes the answer for a copy", async () => {
  await using site = new TaskDirectory();
  assert.match(
    await site.expect("root"),
    /data has no identity yet: the next run gives it one\.\n/,
  );
  assert.equal((await site.run("root", ["--new-id"])).code, 2);
  const original = join(site.path, "original");
  for (const path of [original, site.root]) await Deno.mkdir(path);
  const { id } = await openRoot(original, { environment: {}, onNote: () => {} });
  const server = { address: "cluster:7233", namespace: "default", ui: null, own: false };
  rememberServer(original, server);
  await Deno.copyFile(join(original, ROOT_FILE), join(site.root, ROOT_FILE));

  assert.match(
    await site.expect("root"),
    new RegExp(`^identity {3}${id}\n[^]*cluster:7233[^]*a copy`),
  );
  const refused = await site.run("pipeline", ["reach-random", "--episodes", "1"], NAMED);
  assert.equal(refused.code, 2, refused.stderr);
  assert.match(
    refused.stderr,
    /^error: Cannot use the data directory .*if it is a copy, .*--new-id/m,
  );
  assert.equal((await site.run("status", [], NAMED)).code, 2);
  // Its own server knows no other directory.
  const { code, stderr } = await site.run("status", []);
  assert.equal(code, 0, stderr);
  assert.match(
    stderr,
    /last used the Temporal server at cluster:7233: .* TEMPORAL_ADDRESS=cluster/,
  );
  assert.match(stderr, /if it is a copy, /);

  assert.equal((await site.run("root", ["--new-id", "--moved"])).code, 2);
  const renewed = JSON.parse(await site.expect("root", "--new-id", "--json"));
  assert.notEqual(renewed.id, id);
  assert.deepEqual([renewed.inPlace, renewed.server], [true, null]);
  assert.equal((await site.run("status", [])).stderr, "");
});

Deno.test("commands report a damaged identity with status 1, and refuse another schema", async () => {
  await using site = new TaskDirectory();
  await Deno.mkdir(site.root);
  await openRoot(site.root, { environment: {}, onNote: () => {} });
  const file = join(site.root, ROOT_FILE), text = await Deno.readTextFile(file);
  const tasks = [
    ["pipeline", "reach-random", "--episodes", "1"],
    ["status"],
    ["runs"],
    ["clean"],
    ["verify", site.root],
    ["root"],
  ] as const;
  const contents = [
    [text.slice(0, 40), /root\.json.*expected the identity of a data directory, found /],
    [
      '{ "schema": 2 }',
      /Cannot use the data directory of ".*root\.json": expected schema 1, found 2/,
    ],
  ] as const;
  for (const [content, message] of contents) {
    await Deno.writeTextFile(file, content);
    await Promise.all(tasks.map(async ([task, ...args]) => {
      const { code, stdout, stderr } = await site.run(task, args);
      assert.equal(code, 1, `${task}: ${stderr}`);
      assert.match(stdout + stderr, message, task);
      assert.doesNotMatch(stderr, /bug in Sluice/, task);
    }));
  }
});
