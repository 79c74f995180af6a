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
  const passing = ["StageBusyError", "TransientStoreError", "ProgramError"];
  const names = CLASSES.map(({ name }) => name).filter((name) => !passing.includes(name));
  assert.deepEqual([...errors.PERMANENT_ERRORS].sort(), names.sort());
});

Deno.test("exitStatus is 2 for bad input alone", () => {
  for (const Class of CLASSES) {
    const expected = Class === errors.InvalidInputError ? 2 : 1;
    assert.equal(new Class("x").exitStatus, expected, Class.name);
  }
});
