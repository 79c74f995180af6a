import assert from "node:assert/strict";
import * as errors from "../../core/errors.ts";

/** Every error class that is exported, but the base. */
const CLASSES = Object.values(errors).filter((value): value is typeof errors.DamagedStoreError =>
  typeof value === "function" && value.prototype instanceof errors.SluiceError
);

Deno.test("reviveError() gives back each class, message and stack", () => {
  assert.ok(CLASSES.length >= 10);
  for (const Class of CLASSES) {
    const error = new Class("Cannot do it");
    const crossed = structuredClone(errors.serializeError(error));
    const revived = errors.reviveError(crossed);
    assert.ok(revived instanceof Class, Class.name);
    assert.deepEqual([revived.message, revived.stack], [error.message, error.stack]);
  }
});

Deno.test("reviveError() keeps the name of a foreign error", () => {
  const revived = errors.reviveError(errors.serializeError(new RangeError("too far")));
  assert.deepEqual([revived.name, revived.message], ["RangeError", "too far"]);
  assert.equal(errors.serializeError("text").message, "text");
});

Deno.test("PERMANENT_ERRORS names every error but those that waiting cures", () => {
  const passing = ["StageBusyError", "TransientStoreError", "ProgramError", "StalledShardError"];
  const names = CLASSES.map(({ name }) => name).filter((name) => !passing.includes(name));
  assert.deepEqual([...errors.PERMANENT_ERRORS].sort(), names.sort());
});

Deno.test("exitStatus is 2 for bad input alone", () => {
  for (const Class of CLASSES) {
    const expected = Class === errors.InvalidInputError ? 2 : 1;
    assert.equal(new Class("x").exitStatus, expected, Class.name);
  }
});

Deno.test("an error of fields says them in one sentence, and without its remedy", () => {
  const error = new errors.InvalidInputError({
    action: "open",
    place: "runs/7",
    expected: "a run",
    found: "a file",
    remedy: "name a run",
  });
  assert.equal(error.message, 'Cannot open "runs/7": expected a run, found a file: name a run');
  assert.equal(error.problem, 'Cannot open "runs/7": expected a run, found a file');
  assert.equal(error.remedy, "name a run");
  assert.deepEqual([error.fields.place, error.fields.found], ["runs/7", "a file"]);
  const plain = new errors.InvalidInputError("Cannot say it apart: correct it");
  assert.deepEqual([plain.problem, plain.remedy], [plain.message, null]);
});

Deno.test("an error keeps its fields on the way between threads", () => {
  const error = new errors.StoreAccessError({ action: "write", place: "x", remedy: "free space" });
  const revived = errors.reviveError(structuredClone(errors.serializeError(error)));
  assert.ok(revived instanceof errors.StoreAccessError);
  assert.deepEqual(revived.fields, error.fields);
  assert.equal(revived.problem, 'Cannot write "x"');
});
