import assert from "node:assert/strict";
import { STAGE_NAME_PATTERN } from "../../../pipelines/places.ts";
import {
  isSelected,
  levelText,
  parseVariant,
  variantName,
} from "../../../pipelines/variants/variant_name.ts";

Deno.test("variantName() sorts factors and prints numbers as JSON does", () => {
  const factors = [["seed", levelText(2)], ["lr", levelText(1e-4)]] as const;
  assert.equal(variantName("train", factors), "train[lr=0.0001,seed=2]");
  assert.equal(variantName("train", [["x", levelText(1e-7)]]), "train[x=1e-7]");
  assert.equal(variantName("train", [["x", levelText(-0)]]), "train[x=0]");
  assert.equal(variantName("train", []), "train");
});

Deno.test("parseVariant() takes apart what variantName() makes", () => {
  const cases: readonly (readonly [string, string])[][] = [
    [],
    [["seed", "1"]],
    [["lr", "0.0001"], ["options.dropout", "true"], ["size", "so la là"]],
  ];
  for (const factors of cases) {
    const name = variantName("train", factors);
    assert.match(name, STAGE_NAME_PATTERN);
    assert.deepEqual(parseVariant(name), { base: "train", factors: new Map(factors) });
  }
  for (const name of ["train[", "train[]", "[a=1]", "a[b=1]c"]) {
    assert.deepEqual(parseVariant(name), { base: name, factors: new Map() });
  }
});

Deno.test("isSelected() asks for the base and for all factors of the name", () => {
  const variant = parseVariant("train[lr=1,seed=2]");
  for (const name of ["train", "train[lr=1]", "train[seed=2,lr=1]"]) {
    assert.equal(isSelected(variant, parseVariant(name)), true, name);
  }
  for (const name of ["train[lr=2]", "merge", "train[lr=1,round=1]"]) {
    assert.equal(isSelected(variant, parseVariant(name)), false, name);
  }
});
