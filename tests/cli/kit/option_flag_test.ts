import assert from "node:assert/strict";
import { readChoices, readHyperparameters } from "../../../cli/kit/option_flag.ts";

Deno.test("readHyperparameters() reads JSON where it is JSON, readChoices() only true and false", () => {
  const assignments = ["path=circle", "fast=true", "noise=0.5", "note=a=b"];
  assert.deepEqual(readHyperparameters(assignments), {
    path: "circle",
    fast: true,
    noise: 0.5,
    note: "a=b",
  });
  assert.deepEqual(readChoices(assignments), {
    path: "circle",
    fast: true,
    noise: "0.5",
    note: "a=b",
  });
});

Deno.test("readChoices() refuses what assigns nothing", () => {
  for (const text of ["path", "=circle", ""]) {
    assert.throws(() => readChoices([text]), {
      name: "InvalidInputError",
      message: /expected name=value, found .*--option path=circle$/,
    });
  }
});
