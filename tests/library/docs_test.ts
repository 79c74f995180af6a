import assert from "node:assert/strict";

Deno.test("docs/extending.md shows the files that the tests run", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/extending.md", import.meta.url));
  for (const name of ["point_mass.ts", "lift_policy.ts", "linear_policy.ts"]) {
    const text = await Deno.readTextFile(new URL(name, import.meta.url));
    assert.ok(page.includes(`\`\`\`ts\n${text}\`\`\``), `copy ${name} into docs/extending.md`);
  }
});
