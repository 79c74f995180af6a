import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

/** A module of `deno info --json`, as far as it is read here. */
interface ModuleInfo {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly isDynamic?: boolean;
    /** Absent where only types are imported. */
    readonly code?: { readonly specifier?: string };
  }[];
}

interface GraphInfo {
  readonly roots: readonly string[];
  readonly modules: readonly ModuleInfo[];
  readonly redirects: Readonly<Record<string, string>>;
}

/** Returns the modules that a file loads before its first line runs. */
async function loadedBy(file: string): Promise<readonly string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", fileURLToPath(new URL(`../../../${file}`, import.meta.url))],
  }).output();
  const { roots, modules, redirects }: GraphInfo = JSON.parse(new TextDecoder().decode(stdout));
  const known = new Map(modules.map((module) => [module.specifier, module]));
  const loaded = new Set<string>(), waiting = [...roots];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const specifier = redirects[next] ?? next;
    if (loaded.has(specifier)) continue;
    loaded.add(specifier);
    for (const { isDynamic, code } of known.get(specifier)?.dependencies ?? []) {
      if (!isDynamic && code?.specifier !== undefined) waiting.push(code.specifier);
    }
  }
  return [...loaded];
}

Deno.test("a command that runs a pipeline loads nothing of Temporal before it needs it", async () => {
  const loaded = await loadedBy("cli/commands/pipeline.ts");
  assert.ok(loaded.some((specifier) => specifier.endsWith("/runtime/services/supervisor.ts")));
  assert.deepEqual(loaded.filter((specifier) => specifier.includes("@temporalio/")), []);
});
