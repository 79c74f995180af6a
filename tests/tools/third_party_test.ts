import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);

/** Licences that a default installation may contain: permissive, and none that spreads. */
const PERMITTED = [
  "(MIT OR CC0-1.0)",
  "0BSD",
  "Apache-2.0",
  "Apache-2.0 AND MIT",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "CC-BY-4.0", // caniuse-lite: data, not code
  "ISC",
  "MIT",
  "Unlicense",
];

/** Packages whose licence field is no SPDX name, read by hand. */
const READ_BY_HAND: Readonly<Record<string, string>> = {
  h5wasm: "NIST public domain, HDF5 under its BSD-style licence",
  unionfs: "Unlicense",
};

async function readJson(url: URL): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(url));
}

/** Configurations with dependencies: what is installed at once, and what is fetched on demand. */
const CONFIGURATIONS = [
  "deno.json",
  "infra/tracing/deno.json",
  "learn/onnxruntime/deno.json",
  "tools/kernels/deno.json",
];

/** Directories in which their packages are installed, those on demand perhaps. */
const STORES = [
  "node_modules/.deno/",
  "node_modules/.onnxruntime/node_modules/.deno/",
  "node_modules/.tracing/node_modules/.deno/",
  "tools/kernels/node_modules/.deno/",
];

/** The package.json of every package that is installed in a folder. */
async function* installedPackages(store: URL) {
  for await (const { name, isDirectory } of Deno.readDir(store)) {
    const scoped = /^(@[^+]+\+)?(.+)@[^@]+$/.exec(name);
    if (!isDirectory || scoped === null) continue;
    const folder = `${scoped[1]?.replace("+", "/") ?? ""}${scoped[2]}`;
    const url = new URL(`${name}/node_modules/${folder}/package.json`, store);
    const found = await Deno.stat(url).then(() => true, () => false);
    if (found) yield await readJson(url);
  }
}

Deno.test("every installed package has a permissive licence", async () => {
  let count = 0;
  for (const store of STORES.map((folder) => new URL(folder, ROOT))) {
    if (!await Deno.stat(store).then(() => true, () => false)) continue;
    for await (const { name, license } of installedPackages(store)) {
      count++;
      const known = PERMITTED.includes(String(license)) ||
        Object.hasOwn(READ_BY_HAND, String(name));
      assert.ok(known, `${name} has licence ${license}`);
    }
  }
  assert.ok(count > 100, `found only ${count} packages`);
});

Deno.test("THIRD_PARTY.md names every direct dependency with its version", async () => {
  const page = await Deno.readTextFile(new URL("THIRD_PARTY.md", ROOT));
  for (const configuration of CONFIGURATIONS) {
    const { imports } = await readJson(new URL(configuration, ROOT));
    assert.ok(typeof imports === "object" && imports !== null);
    for (const target of Object.values(imports)) {
      const [, name, version] = /^npm:((?:@[^/]+\/)?[^@/]+)@([^/]+)/.exec(String(target)) ?? [];
      assert.ok(name !== undefined && version !== undefined, `not an exact npm version: ${target}`);
      const listed = name.startsWith("@temporalio/") ? "@temporalio/*" : name;
      const rows = page.split("\n").filter((line) => line.includes(`\`${listed}\``));
      assert.ok(
        rows.some((row) => row.includes(version)),
        `THIRD_PARTY.md lacks ${name} ${version}`,
      );
    }
  }
});
