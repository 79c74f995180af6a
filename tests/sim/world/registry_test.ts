import assert from "node:assert/strict";
import { InvalidInputError } from "../../../core/errors.ts";
import {
  environmentOf,
  getEnvironment,
  listEnvironments,
  registerEnvironment,
} from "../../../sim/mod.ts";

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
  const names = listEnvironments().map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});

Deno.test("getEnvironment() sets options, and names those there are", () => {
  assert.equal(getEnvironment("push-t").engine.name, "@dimforge/rapier2d-compat");
  assert.equal(getEnvironment("push-t", { engine: "chipmunk" }).engine.name, "chipmunk");
  const refused: readonly (readonly [string, Record<string, string | boolean>, RegExp])[] = [
    ["push-t", { engine: "chipmonk" }, /"engine".*rapier2d or chipmunk.*did you mean "chipmunk"/],
    ["push-t", { engine: true }, /"engine".*found true/],
    ["push-t", { motor: "chipmunk" }, /"motor".*expected engine/],
    ["reach", { engine: "chipmunk" }, /expected no option/],
  ];
  for (const [environment, options, message] of refused) {
    assert.throws(
      () => getEnvironment(environment, options),
      (error) => error instanceof InvalidInputError && message.test(error.message),
    );
  }
});

Deno.test("environmentOf() finds the environment and the options of a schema", () => {
  const options = { engine: "chipmunk", scaleForcing: true };
  const { schema } = getEnvironment("push-t", options);
  assert.deepEqual(schema().options, options);
  assert.equal(environmentOf(schema()).engine.name, "chipmunk");
  assert.deepEqual(environmentOf(schema()).chosen, options);
  assert.equal("options" in getEnvironment("reach").schema(), false);
});
