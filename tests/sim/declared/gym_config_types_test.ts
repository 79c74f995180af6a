import assert from "node:assert/strict";
import type { z } from "zod";
import type { JsonValue } from "../../../core/canonical.ts";
import type { GYM_CONFIG } from "../../../sim/declared/config/gym_config.ts";
import type { GymConfig } from "../../../sim/declared/config/gym_config_types.ts";

/** Types of keys that must be absent, or have the one value that changes nothing. */
type IsAbsent<T> = [T] extends [never] ? true
  : [T] extends [string] ? false
  : [boolean] extends [T] ? false
  : [number] extends [T] ? false
  : [T] extends [number | boolean] ? true
  : false;

/** A type without keys that must be absent, `readonly` and `undefined`, every key required. */
type Plain<T> = [z.core.util.JSONType] extends [T] ? JsonValue
  : T extends readonly unknown[] ? { -readonly [Key in keyof T]: Plain<T[Key]> }
  : T extends object ? {
      -readonly [
        Key in keyof T as IsAbsent<Exclude<T[Key], undefined>> extends true ? never : Key
      ]-?: Plain<Exclude<T[Key], undefined>>;
    }
  : T;

type Same<A, B> = [A, B] extends [B, A] ? true : false;

type Accepted = Plain<z.output<typeof GYM_CONFIG>>;
type Written = Plain<GymConfig>;

/** Keys of a gym config that differ between interface and schema. */
type Differences = {
  [Key in keyof Accepted | keyof Written]: Key extends keyof Accepted & keyof Written
    ? Same<Accepted[Key], Written[Key]> extends true ? never : Key
    : Key;
}[keyof Accepted | keyof Written];

/** Null; else the compiler names the key that differs. */
const NO_DIFFERENCE: [Differences] extends [never] ? null : Differences = null;

Deno.test("GymConfig has the keys of its schema, and their types", () => {
  assert.equal(NO_DIFFERENCE, null);
});
