import assert from "node:assert/strict";

/** What a program prints with one of our functions. */
async function printed(call: string): Promise<string> {
  const url = new URL("../../../cli/kit/output.ts", import.meta.url);
  const program = `import { noteLine, printLine } from ${JSON.stringify(url.href)}; ${call}`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", program],
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

Deno.test("printLine() and noteLine() let no name of foreign data control the terminal", async () => {
  const name = "\x1b]0;mine\x07\u202ecod.exe\x9b2J";
  const shown = "\\u001b]0;mine\\u0007\\u202ecod.exe\\u009b2J\n";
  for (const print of ["printLine", "noteLine"]) {
    assert.equal(await printed(`${print}(${JSON.stringify(name)})`), shown);
  }
  const json = await printed(`printLine(JSON.stringify({ name: ${JSON.stringify(name)} }))`);
  assert.match(json, /^[ -~]*\n$/);
  assert.deepEqual(JSON.parse(json), { name });
});
