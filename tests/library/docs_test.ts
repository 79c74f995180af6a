import assert from "node:assert/strict";

Deno.test("docs/extending.md shows the files that the tests run", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/extending.md", import.meta.url));
  for (
    const name of [
      ...["point_mass.ts", "lift_policy.ts", "linear_policy.ts"],
      ...["length_table.ts", "bootstrap_return.ts"],
    ]
  ) {
    const text = await Deno.readTextFile(new URL(name, import.meta.url));
    // A block that declares a module stands at the top level of a file alone, so no doc test has it.
    const isShown = ["ts", "ts ignore"].some((language) =>
      page.includes(`\`\`\`${language}\n${text}\`\`\``)
    );
    assert.ok(isShown, `copy ${name} into docs/extending.md`);
  }
});
