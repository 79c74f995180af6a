import assert from "node:assert/strict";
import { countTests } from "../../tools/test_count.ts";

Deno.test("countTests() reads what deno test counts, with the names of what it ignored", async () => {
  const directory = await Deno.makeTempDir({ prefix: "sluice-count-" });
  try {
    await Deno.writeTextFile(
      `${directory}/some_test.ts`,
      `Deno.test("adds", async (t) => {
         await t.step({ name: "far", ignore: true, fn() {} });
       });
       Deno.test("subtracts", () => { throw new Error("wrong"); });
       Deno.test({ name: "divides (skipped: no Python)", ignore: true, fn() {} });`,
    );
    await Deno.writeTextFile(`${directory}/other_test.ts`, `Deno.test("multiplies", () => {});`);
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-config", "--parallel"],
      cwd: directory,
    }).output();
    assert.deepEqual(countTests(new TextDecoder().decode(stdout)), {
      passed: 2,
      failed: 1,
      skipped: [
        "some_test.ts => adds ... far",
        "some_test.ts => divides (skipped: no Python)",
      ],
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("countTests() has no count of an output that ends before its summary", () => {
  assert.equal(countTests("Check tests/a_test.ts\nerror: Type checking failed.\n"), null);
});
