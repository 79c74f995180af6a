import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import { ImportFaults } from "../../../store/imports/fault.ts";
import { assignNames } from "../../../store/imports/names.ts";

function assign(columns: readonly string[], rename: Readonly<Record<string, string>> = {}) {
  const faults = new ImportFaults("source", { stops: false });
  const names = assignNames(columns, { rename: new Map(Object.entries(rename)), faults });
  return {
    names: Object.fromEntries(names),
    codes: faults.list().map(({ severity, code }) => `${severity} ${code}`),
  };
}

Deno.test("assignNames() gives columns their own names where they are distinct as paths", () => {
  const { names, codes } = assign(["observation.state", "action", "note"]);
  assert.deepEqual(names, {
    "observation.state": "observation/state",
    action: "action",
    note: "note",
  });
  assert.deepEqual(codes, []);
});

Deno.test("assignNames() alters names that lie within others, or are the same ignoring case", () => {
  const { names, codes } = assign([
    ...["action.joint.position", "action", "action_joint.position", "Action"],
    ...["observation.state.arm", "observation.state"],
  ]);
  assert.deepEqual(names, {
    "action.joint.position": "action_joint/position_2",
    action: "action",
    "action_joint.position": "action_joint/position",
    Action: "Action_2",
    "observation.state.arm": "observation/state_arm",
    "observation.state": "observation/state",
  });
  assert.deepEqual(codes, ["note renamed", "note renamed", "note renamed"]);
});

Deno.test("assignNames() knows what openpi and LIBERO call columns, unless the name is taken", () => {
  assert.deepEqual(assign(["state", "actions", "image", "wrist_image"]).names, {
    state: "observation/state",
    actions: "action",
    image: "observation/image",
    wrist_image: "observation/wrist_image",
  });
  assert.deepEqual(assign(["state", "observation.state", "actions", "action"]).names, {
    state: "state",
    "observation.state": "observation/state",
    actions: "actions",
    action: "action",
  });
});

Deno.test("assignNames() takes the names that a person chose before all others", () => {
  const { names, codes } = assign(["action", "label"], { label: "action", action: "old.action" });
  assert.deepEqual(names, { action: "old/action", label: "action" });
  assert.deepEqual(codes, []);
  assert.deepEqual(assign(["action"], { actoin: "x" }).codes, ["error unknown_column"]);
});

Deno.test("assignNames() refuses names that no directory should have", () => {
  for (
    const name of ["..", "a//b", "a/../b", "\0", "a\u202eb", "x".repeat(300), "a/__b", "/etc", ""]
  ) {
    const { names, codes } = assign([name]);
    assert.deepEqual([names, codes], [{}, ["error bad_name"]], JSON.stringify(name));
  }
});

Deno.test("assignNames() gives any columns distinct names of which none is within another", () => {
  const random = createRandom(1, "names", 0), parts = ["a", "A", "b", "a_b", "c_2", "c"];
  for (let trial = 0; trial < 200; trial++) {
    const columns = new Set(Array.from(
      { length: 1 + random.integer(12) },
      () =>
        Array.from({ length: 1 + random.integer(3) }, () => parts[random.integer(6)]!).join("."),
    ));
    const names = Object.values(assign([...columns]).names).map((name) => name.toLowerCase());
    assert.equal(names.length, columns.size);
    for (const [i, a] of names.entries()) {
      for (const [j, b] of names.entries()) {
        assert.ok(i === j || (a !== b && !b.startsWith(`${a}/`)), `${a} and ${b}`);
      }
    }
  }
});
