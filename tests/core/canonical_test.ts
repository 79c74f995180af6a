import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  canonicalJson,
  digestOf,
  type JsonValue,
  requireJson,
  sha256Hex,
} from "../../core/canonical.ts";

Deno.test("canonicalJson() writes RFC 8785's own example", () => {
  // Section 3.2.2 of the RFC, without its non-ASCII escapes.
  const value = { numbers: [333333333.33333329, 1e30, 4.50, 2e-3, 1e-27], literals: [null, true] };
  assert.equal(
    canonicalJson(value),
    '{"literals":[null,true],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}',
  );
});

Deno.test("canonicalJson() does not depend on the order of names", () => {
  assert.equal(canonicalJson({ b: 1, a: { d: 2, c: 3 } }), '{"a":{"c":3,"d":2},"b":1}');
});

Deno.test("canonicalJson() refuses what JSON cannot hold", () => {
  for (const value of [NaN, Infinity, undefined]) {
    assert.throws(() => canonicalJson(value as JsonValue)); // a caller's mistake, made on purpose
  }
});

Deno.test("sha256Hex() is Node's SHA-256", () => {
  for (const text of ["", "abc", "größer", "x".repeat(1000)]) {
    assert.equal(sha256Hex(text), createHash("sha256").update(text).digest("hex"));
  }
  assert.equal(digestOf({ b: 1, a: 2 }), sha256Hex('{"a":2,"b":1}'));
});

Deno.test("requireJson() names the place of what JSON would lose", () => {
  requireJson({ a: [1, "b", null, { c: true, d: undefined }] }, "commit.json");
  const sparse: string[] = ["a"];
  sparse[3] = "d";
  const refuses = (value: unknown, message: RegExp) => {
    assert.throws(() => requireJson(value, "commit.json"), { name: "TypeError", message });
  };
  refuses(
    { tasks: sparse },
    /"commit\.json\.tasks\[1\]": expected a value of JSON, found undefined/,
  );
  refuses({ metrics: { loss: NaN } }, /"commit\.json\.metrics\.loss": .*, found NaN/);
  refuses([[-Infinity]], /"commit\.json\[0\]\[0\]": .*, found -Infinity/);
  refuses({ count: 1n }, /commit\.json\.count": .*, found 1$/);
});
