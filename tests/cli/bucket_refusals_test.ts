import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeRecord } from "../../store/files/records.ts";
import { BEHIND, type Fault, MemoryS3, refusal } from "../store/blobs/_memory_s3.ts";
import { storeVariables } from "../store/blobs/_served_store.ts";
import { type Task, TaskDirectory } from "./_task_directory.ts";

/** The identity of a data root as `store` would have it below `s3://robots/team`. */
function rootObject(schema: number): Uint8Array {
  const id = "0d7c6a3e-52a1-4b8e-9f0a-3c1de2f4a5b6", place = "s3://robots/team";
  return new TextEncoder().encode(encodeRecord({ schema, id, place }));
}

/** Runs a task on a bucket. @returns Its status and its only line on standard error */
async function refused(
  directory: TaskDirectory,
  store: MemoryS3,
  [home, task, ...args]: readonly [string, Task, ...string[]],
) {
  const { code, stdout, stderr } = await directory.run(task, args, {
    env: {
      ...storeVariables(store.settings),
      SLUICE_HOME: home,
      SLUICE_CACHE: join(directory.path, "cache"),
    },
  });
  assert.equal(stdout, "");
  assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
  return { code, message: stderr };
}

Deno.test("a data directory in a bucket that cannot be used says what to correct", async (t) => {
  await using directory = new TaskDirectory();
  await using store = await MemoryS3.start();
  await using careless = await MemoryS3.start({ conditional: false });
  store.objects.set("team/root.json", rootObject(1));
  store.objects.set("later/root.json", rootObject(2));
  const cases: readonly {
    readonly name: string;
    readonly at?: MemoryS3;
    readonly faults?: readonly Fault[];
    readonly command: readonly [home: string, task: Task, ...args: string[]];
    readonly code: number;
    readonly message: RegExp;
  }[] = [
    {
      name: "an access key that is none",
      faults: [refusal(403, "InvalidAccessKeyId")],
      command: ["s3://robots/team", "runs"],
      code: 2,
      message: /correct AWS_ACCESS_KEY_ID/,
    },
    {
      name: "a wrong secret",
      faults: [refusal(403, "SignatureDoesNotMatch")],
      command: ["s3://robots/team", "runs"],
      code: 2,
      message: /correct AWS_SECRET_ACCESS_KEY/,
    },
    {
      name: "a clock that is off by 20 minutes",
      faults: [refusal(403, "RequestTimeTooSkewed", BEHIND)],
      command: ["s3://robots/team", "runs"],
      code: 1,
      message: /within 15 minutes of the store's, found it 20 minutes behind: set the clock/,
    },
    {
      name: "a store without conditional writes",
      at: careless,
      command: ["s3://robots/team", "pipeline", "reach-random", "--episodes", "1"],
      code: 2,
      message: /a store that honours If-None-Match, found one that ignores it/,
    },
    {
      name: "a root of a later schema",
      command: ["s3://robots/later", "runs"],
      code: 1,
      message: /expected schema 1, found 2: use the version of Sluice that wrote it/,
    },
    {
      name: "a root in another",
      command: ["s3://robots/team/arm", "pipeline", "reach-random", "--episodes", "1"],
      code: 2,
      message: /a prefix that lies in no other, found that of s3:\/\/robots\/team: set SLUICE_HOME/,
    },
  ];
  for (const { name, at = store, faults = [], command, code, message } of cases) {
    await t.step(name, async () => {
      at.faults = [...faults];
      const found = await refused(directory, at, command);
      assert.match(found.message, message);
      assert.equal(found.code, code);
    });
  }
});
