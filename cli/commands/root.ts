import { InvalidInputError } from "../../core/errors.ts";
import { runsOwnServer } from "../../infra/temporal/server.ts";
import { renewRoot, settleRoot } from "../../runtime/data/root_identity.ts";
import { temporalDirectory } from "../../runtime/services/services.ts";
import { listWorkers } from "../../runtime/services/worker_registry.ts";
import { isInPlace, readRootFile, type RootFile } from "../../store/mod.ts";
import { defineCommand } from "../kit/flags.ts";
import { printLine } from "../kit/output.ts";
import { dataRoot, displayPath } from "../kit/places.ts";
import { runCommand } from "../kit/run_command.ts";
import { JSON_FLAG } from "../kit/run_flags.ts";

export const ROOT = defineCommand({
  name: "root",
  summary: "Shows the identity of this data directory, or records that it was moved or copied.",
  description: "Runs, schedules and workers belong to the identity in root.json, not to the path " +
    "of the directory.",
  arguments: {},
  flags: {
    newId: {
      type: "boolean",
      description: "The directory is a copy: give it an identity of its own. Runs and schedules " +
        "in progress stay with the original",
    },
    moved: {
      type: "boolean",
      description: "The directory was moved, and the original is gone: keep its identity",
    },
    ...JSON_FLAG,
  },
  examples: [
    ["deno task root", "which directory this is, and which server it used last"],
    ["deno task root --new-id", "after cp -r data elsewhere, in the copy"],
  ],
});

if (import.meta.main) {
  await runCommand(ROOT, async ({ flags: { newId, moved, json } }) => {
    const root = await dataRoot(), known = readRootFile(root);
    if (newId && moved) {
      throw new InvalidInputError({
        action: "answer for",
        place: root,
        expected: "--new-id for a copy, or --moved",
        found: "both",
        remedy: "leave one out",
      });
    }
    if (known === null) return describeNone(root, { newId, moved, json });
    if (newId || moved) requireIdle(root);
    const file = newId ? renewRoot(root) : moved ? settleRoot(root, known) : known;
    printLine(json ? JSON.stringify(rootJson(root, file)) : describe(root, file));
    return 0;
  });
}

/** @throws {InvalidInputError} If its identity is to be changed */
function describeNone(
  root: string,
  { newId, moved, json }: {
    readonly newId: boolean;
    readonly moved: boolean;
    readonly json: boolean;
  },
): 0 {
  if (newId || moved) {
    throw new InvalidInputError({
      action: "change the identity of",
      place: root,
      expected: "root.json in it",
      found: "none",
      remedy: "leave the flag out: the next run gives the directory an identity",
    });
  }
  printLine(
    json
      ? JSON.stringify({ id: null, directory: root })
      : `${displayPath(root)} has no identity yet: the next run gives it one.`,
  );
  return 0;
}

/** @throws {InvalidInputError} If something runs on a data directory under its present identity */
function requireIdle(root: string): void {
  const [worker] = listWorkers(root);
  const found = worker !== undefined
    ? `worker ${worker.pid}`
    : runsOwnServer(temporalDirectory(root))
    ? "its server"
    : null;
  if (found === null) return;
  throw new InvalidInputError({
    action: "change the identity of",
    place: root,
    expected: "nothing that runs on it",
    found,
    remedy: 'stop it by "deno task down" first',
  });
}

function describe(root: string, file: RootFile): string {
  const { id, place, server } = file;
  const used = server === null ? "its own" : `${server.address}, namespace ${server.namespace}`;
  return [
    `identity   ${id}`,
    `directory  ${displayPath(root)}`,
    `server     ${used}`,
    ...(isInPlace(root, file) ? [] : [
      `was at     ${place.path} on ${place.host}`,
      "",
      "If this is a copy: deno task root --new-id. If it was moved: deno task root --moved",
    ]),
  ].join("\n");
}

function rootJson(root: string, file: RootFile) {
  const { id, place: { host, path }, server } = file;
  return { id, directory: root, inPlace: isInPlace(root, file), host, path, server };
}
