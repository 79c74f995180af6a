import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const CHECKOUT = fileURLToPath(new URL("../../", import.meta.url));
const PAGE = new URL("../../docs/extending.md", import.meta.url);

/** The code blocks of a section of a page, in order. */
function blocksOf(page: string, section: string): readonly string[] {
  const [, text = ""] = page.split(`\n## ${section}\n`);
  const [own = ""] = text.split("\n## ");
  return Array.from(own.matchAll(/```\w+[^\n]*\n([\s\S]*?)```/g), ([, block]) => block!);
}

Deno.test("a project of one's own, in a folder of its own, uses the checkout by a link", async () => {
  const page = await Deno.readTextFile(PAGE);
  const [config, program] = blocksOf(page, "Your own project");
  const directory = await Deno.makeTempDir({ prefix: "sluice-own-project-" });
  try {
    const linked = JSON.parse(config!);
    assert.deepEqual(linked.links, ["../sluice"]);
    linked.links = [CHECKOUT];
    await Deno.writeTextFile(`${directory}/deno.json`, JSON.stringify(linked));
    await Deno.writeTextFile(`${directory}/main.ts`, program!);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--check", "--allow-all", "main.ts"],
      cwd: directory,
      env: { NO_COLOR: "1", SLUICE_HOME: `${directory}/data` },
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    assert.match(new TextDecoder().decode(stdout), /own: generate, merge\nreach: 20 numbers\n/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
