import assert from "node:assert/strict";
import { join } from "node:path";
import { identifyProgram } from "../../../activities/commands/command_digest.ts";

async function withFiles(
  files: Readonly<Record<string, string>>,
  test: (directory: string) => void | Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "sluice-command-" });
  try {
    for (const [name, content] of Object.entries(files)) {
      await Deno.mkdir(join(directory, name, ".."), { recursive: true });
      await Deno.writeTextFile(join(directory, name), content);
    }
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const identify = (directory: string, command: readonly string[], files?: readonly string[]) =>
  identifyProgram({ name: "p", command, directory, ...(files === undefined ? {} : { files }) });

Deno.test("identifyProgram() depends on the contents of files, not on where they lie", async () => {
  const files = { "p.py": "1", "weights/a.bin": "2", "weights/b/c.bin": "3" };
  const command = ["python", "p.py", "--weights=weights", "--width", "8"];
  const digests: string[] = [];
  await withFiles(files, (directory) => {
    const { digest, isKnown } = identify(directory, command);
    assert.equal(isKnown, true);
    digests.push(digest);
    const absolute = ["python", join(directory, "p.py"), "--weights=weights", "--width", "8"];
    assert.equal(identify(directory, absolute).digest, digest);
    assert.equal(identify(directory, ["/usr/bin/python", ...command.slice(1)]).digest, digest);
    assert.notEqual(identify(directory, command.with(4, "9")).digest, digest);
  });
  await withFiles(files, (directory) => void digests.push(identify(directory, command).digest));
  await withFiles(
    { ...files, "weights/b/c.bin": "4" },
    (directory) => assert.notEqual(identify(directory, command).digest, digests[0]),
  );
  assert.equal(digests[0], digests[1]);
});

Deno.test("identifyProgram() knows no code where an interpreter alone is named", async () => {
  await withFiles({ "bin/python": "\x7fELF", "run.sh": "#!/bin/sh\n" }, (directory) => {
    const known = (...command: readonly string[]) => identify(directory, command).isKnown;
    assert.equal(known("python", "-m", "policy"), false);
    assert.equal(known("./bin/python", "-m", "policy"), false);
    assert.equal(known("./run.sh"), true);
    assert.equal(identify(directory, ["python", "-m", "policy"], ["run.sh"]).isKnown, true);
  });
});

Deno.test("identifyProgram() refuses a declared file that is not there", async () => {
  await withFiles({}, (directory) => {
    assert.throws(
      () => identify(directory, ["python"], ["gone.py"]),
      { name: "InvalidInputError", message: /expected the file "gone.py" that it declares/ },
    );
  });
});
