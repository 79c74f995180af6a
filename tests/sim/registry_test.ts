import assert from "node:assert/strict";
import { InvalidInputError } from "../../core/errors.ts";
import { getEnvironment, listEnvironments, registerEnvironment } from "../../sim/mod.ts";

Deno.test("getEnvironment() names the environments there are", () => {
  assert.throws(
    () => getEnvironment("reech"),
    (error) =>
      error instanceof InvalidInputError && /"reech".*reach/.test(error.message) &&
      /did you mean "reach"/.test(error.message),
  );
});

Deno.test("registerEnvironment() refuses a name that is taken, not the same definition", () => {
  const reach = getEnvironment("reach");
  registerEnvironment(reach);
  assert.throws(() => registerEnvironment({ ...reach }), InvalidInputError);
  assert.deepEqual(listEnvironments().map(({ name }) => name), ["reach"]);
});
