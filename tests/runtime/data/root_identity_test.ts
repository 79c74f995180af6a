import assert from "node:assert/strict";
import { join } from "node:path";
import {
  checkPlace,
  openRoot,
  rememberServer,
  renewRoot,
  rootNames,
  settleRoot,
  unnamedServer,
} from "../../../runtime/data/root_identity.ts";
import {
  nightlyQueues,
  pipelineOf,
  queueNames,
  workflowIdsOf,
} from "../../../runtime/run/run_identity.ts";
import { readRootFile, ROOT_FILE } from "../../../store/mod.ts";
import { PLAN } from "../../cli/_progress.ts";
import { withDirectory } from "../../store/_episodes.ts";

const NAMED = { TEMPORAL_ADDRESS: "cluster:7233" };

/** Opens a root with its own server. @returns Its id, and the notes */
async function open(root: string, environment = {}): Promise<{ id: string; notes: string[] }> {
  const notes: string[] = [];
  const { id } = await openRoot(root, { environment, onNote: (text) => notes.push(text) });
  return { id, notes };
}

/** Makes a directory with a copy of a root's identity. */
async function copyRoot(root: string, name: string): Promise<string> {
  const copy = join(root, "..", name);
  await Deno.mkdir(copy);
  await Deno.copyFile(join(root, ROOT_FILE), join(copy, ROOT_FILE));
  return copy;
}

/** Lends a directory for data. */
function withRoot(use: (root: string) => Promise<void>): Promise<void> {
  return withDirectory(async (directory) => {
    const root = join(directory, "data");
    await Deno.mkdir(root);
    await use(root);
  });
}

Deno.test("openRoot() gives a directory an id, by which its queues and runs are named wherever it lies", () =>
  withRoot(async (root) => {
    const { id, notes } = await open(root), name = id.replaceAll("-", "").slice(0, 12);
    assert.deepEqual(notes, []);
    assert.deepEqual(rootNames(root), [name]);
    const queues = queueNames(root, "b".repeat(64));
    assert.equal(queues.learn, `sluice-${name}-bbbbbbbb-learn`);
    const [workflowId] = workflowIdsOf(PLAN, root, false);
    assert.ok(workflowId.endsWith(`-${name}`));
    const moved = join(root, "..", "moved");
    await Deno.rename(root, moved);
    assert.deepEqual(queueNames(moved, "b".repeat(64)), queues);
    assert.equal(pipelineOf(workflowId, moved), PLAN.name);
    assert.deepEqual(await open(moved, NAMED), { id, notes: [] });
  }));

Deno.test("openRoot() asks whether a directory in another place was moved or copied", () =>
  withRoot(async (root) => {
    const { id } = await open(root);
    const copy = await copyRoot(root, "copy");
    // Its own server knows no other directory: it can wait for the answer.
    const own = await open(copy);
    assert.equal(own.id, id);
    assert.match(own.notes[0]!, /if it is a copy, .*--new-id.*; if it was moved, .*--moved/);
    await assert.rejects(open(copy, NAMED), (error: Error) => {
      assert.equal(error.name, "InvalidInputError");
      assert.match(
        error.message,
        /if it is a copy, .*"deno task root --new-id"; if it was moved, /,
      );
      return true;
    });
    assert.throws(() => checkPlace(copy, { environment: NAMED, onNote: () => {} }), {
      name: "InvalidInputError",
    });
    assert.notEqual(renewRoot(copy).id, id);
    assert.deepEqual((await open(copy, NAMED)).notes, []);

    const other = await copyRoot(root, "other");
    settleRoot(other, readRootFile(other)!);
    assert.deepEqual(await open(other, NAMED), { id, notes: [] });
  }));

Deno.test("openRoot() refuses a data directory inside of another", () =>
  withRoot(async (root) => {
    await open(root);
    const inner = join(root, "runs");
    await Deno.mkdir(inner);
    await assert.rejects(open(inner), {
      name: "InvalidInputError",
      message: `Cannot make the data directory "${inner}": expected a place outside of every ` +
        `other one, found it inside of "${root}": set SLUICE_HOME to a directory beside it`,
    });
  }));

Deno.test("openRoot() keeps the names under which earlier versions ran", () =>
  withRoot(async (root) => {
    const [path] = rootNames(root), [earlier] = workflowIdsOf(PLAN, root, false);
    await Deno.mkdir(join(root, "temporal"));
    await open(root);
    const [name, ...before] = rootNames(root);
    assert.deepEqual(before, [path]);
    assert.equal(pipelineOf(earlier, root), PLAN.name);
    assert.equal(workflowIdsOf(PLAN, root, false)[1], earlier);
    assert.deepEqual(nightlyQueues(root), [`sluice-${name}-nightly`, `sluice-${path}-nightly`]);
  }));

Deno.test("rememberServer() lets commands without TEMPORAL_ADDRESS say which server was used", () =>
  withRoot(async (root) => {
    await open(root);
    assert.equal(unnamedServer(root, {}), null);
    const server = { address: "cluster:7233", namespace: "lab", ui: null, own: false };
    rememberServer(root, { ...server, apiKey: "secret" });
    assert.match(
      unnamedServer(root, {})!,
      /at cluster:7233: .*, set TEMPORAL_ADDRESS=cluster:7233 TEMPORAL_NAMESPACE=lab$/,
    );
    assert.equal(unnamedServer(root, NAMED), null);
    assert.doesNotMatch(await Deno.readTextFile(join(root, ROOT_FILE)), /secret/);
    rememberServer(root, { ...server, own: true });
    assert.equal(unnamedServer(root, {}), null);
  }));
