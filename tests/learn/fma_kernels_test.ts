import assert from "node:assert/strict";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { InvalidInputError } from "../../core/errors.ts";
import { describeKernels, findKernels, KERNELS_DIRECTORY } from "../../learn/kernels/choice.ts";
import manifest from "../../learn/kernels/fma/manifest.json" with { type: "json" };
import { ANSWER_BYTES, knownAnswer } from "../../learn/kernels/known_answer.ts";
import { wasmFile } from "../../learn/kernels/wasm.ts";
import { buildFmaKernels, hashSources, sha256 } from "../../tools/build_fma_kernels.ts";
import { pythonEnvironment } from "../../tools/python_env.ts";
import { compareKernels, LIBRARY, openImplementations, TRIAL_BYTES } from "./kernel_trials.ts";

Deno.test("libraries and modules of class fma are those of the manifest", async () => {
  assert.deepEqual(await hashSources(), manifest.sources, "run: deno task kernels");
  let native = 0;
  for (const [file, expected] of Object.entries(manifest.files)) {
    const bytes = await Deno.readFile(new URL(file, KERNELS_DIRECTORY));
    assert.equal(sha256(bytes), expected, file);
    if (!file.endsWith(".wasm")) native += bytes.length;
  }
  assert.ok(native <= 200_000, `${native} bytes of libraries`);
  const sources = await Promise.all(
    Object.keys(manifest.sources).map((name) =>
      Deno.readTextFile(new URL(name, KERNELS_DIRECTORY))
    ),
  );
  assert.ok(sources.join("").split("\n").length - 1 <= 500, "lines of C");
});

const { python, reason } = await pythonEnvironment("kernels");
Deno.test({
  name: `libraries and modules of class fma are what their sources compile to${
    reason === null ? "" : ` (skipped: ${reason})`
  }`,
  ignore: python === null,
  fn: async () => {
    const built = await buildFmaKernels(python!);
    const hashes = Object.entries(built).map(([file, bytes]) => [file, sha256(bytes)]);
    assert.deepEqual(Object.fromEntries(hashes), manifest.files, "run: deno task kernels");
  },
});

Deno.test("knownAnswer() is the one committed of every implementation", () => {
  for (const [name, kernels] of openImplementations(ANSWER_BYTES)) {
    assert.equal(knownAnswer(kernels), manifest.knownAnswer, name);
  }
});

Deno.test("findKernels() says which implementation runs, and takes the next of one that is damaged", async () => {
  // A folder that `--allow-ffi` names.
  const dir = fileURLToPath(new URL("../../node_modules/", import.meta.url));
  const directory = await Deno.makeTempDir({ dir });
  try {
    await cp(fileURLToPath(KERNELS_DIRECTORY), directory, { recursive: true });
    const at = pathToFileURL(`${directory}/`);
    const files = [LIBRARY?.file, wasmFile("relaxed")].filter((file) => file !== undefined);
    const names: string[] = [findKernels("auto", at).implementation];
    for (const file of files) {
      const path = join(directory, file), bytes = await Deno.readFile(path);
      const otherVersion = bytes.map((byte, i) => i === bytes.length >> 1 ? byte ^ 1 : byte);
      const otherMachine = await Deno.readFile(join(directory, "fma-darwin-arm64.dylib"));
      for (const damaged of [otherVersion, otherMachine, bytes.subarray(0, bytes.length - 1)]) {
        await writeFile(path, damaged);
        const choice = findKernels("auto", at);
        assert.match(describeKernels(choice), new RegExp(`"${file}" is not the one committed`));
        assert.notEqual(choice.implementation, names.at(-1));
      }
      await Deno.remove(path);
      const choice = findKernels("auto", at);
      assert.match(describeKernels(choice), /no .*: ENOENT: no such file or directory/);
      names.push(choice.implementation);
    }
    const all = LIBRARY === undefined ? ["relaxed", "emulated"] : ["native", "relaxed", "emulated"];
    assert.deepEqual(names, all);
    assert.throws(
      () => findKernels("native", at),
      (error) =>
        error instanceof InvalidInputError &&
        /Cannot compute with SLUICE_KERNELS=native: no native /.test(error.message),
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("findKernels() emulates what the processor cannot fuse, and opens no library unasked", async () => {
  const choice = new URL("../../learn/kernels/choice.ts", import.meta.url).href;
  const program = `import { describeKernels, findKernels } from ${JSON.stringify(choice)};
    console.log(describeKernels(findKernels("auto")));`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, program);
    const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--config",
        config,
        "--no-prompt",
        "--allow-read",
        "--v8-flags=--no-enable-fma3",
        file,
      ],
      env: { NO_COLOR: "1" },
    }).output();
    const line = new TextDecoder().decode(stdout);
    assert.match(line, /^WebAssembly with emulated fused multiply-add; /);
    assert.match(
      line,
      /no WebAssembly with relaxed SIMD: its known answers are not those of class fma/,
    );
    if (LIBRARY !== undefined) assert.match(line, /--allow-ffi does not name learn\/kernels/);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("kernels of class fma give the same words on every implementation, for any numbers", () => {
  const implementations = openImplementations(TRIAL_BYTES);
  let outputs = 0;
  for (const trial of compareKernels(implementations, { seed: 5, rounds: 30, rows: [1, 12] })) {
    for (const [name, words] of Object.entries(trial.different)) {
      assert.equal(words, 0, `${trial.name}: ${name}`);
    }
    outputs += trial.outputs;
  }
  assert.ok(outputs > 400_000, `${outputs}`);
});
