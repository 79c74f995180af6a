import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Manages the programs in Go that tests and benchmarks run: servers, and what checks infra/. They
 * are built on request by `deno task go-tool NAME`, from sources of a pinned version that Go's
 * checksum database vouches for, into the user's cache.
 */

/** Executables that are ready, by the last part of their packages, or the reason why there are none. */
export type GoTool =
  | { readonly executables: Readonly<Record<string, string>>; readonly reason: null }
  | { readonly executables: null; readonly reason: string };

interface GoModule {
  readonly module: string;
  readonly version: string;
  /** Packages of executables. */
  readonly packages: readonly string[];
}

/** What can be built; `temporal-server` takes minutes and 3 GB below Go's own cache. */
export const GO_TOOLS = {
  versitygw: {
    module: "github.com/versity/versitygw",
    version: "v1.8.0",
    packages: ["cmd/versitygw"],
  },
  "temporal-server": {
    module: "go.temporal.io/server",
    version: "v1.32.0",
    packages: ["cmd/server", "cmd/tools/sql"],
  },
  helm: {
    module: "helm.sh/helm/v3",
    version: "v3.19.5",
    packages: ["cmd/helm"],
  },
  /** The reference implementation of the Compose specification, whose only command is `cmd`. */
  "compose-go": {
    module: "github.com/compose-spec/compose-go/v2",
    version: "v2.9.1",
    packages: ["cmd"],
  },
} as const satisfies Readonly<Record<string, GoModule>>;

export type GoToolName = keyof typeof GO_TOOLS;

/** Finds a tool, or builds it where `make` says so. */
export async function goTool(
  name: GoToolName,
  { make = false }: { readonly make?: boolean } = {},
): Promise<GoTool> {
  const { module, version, packages } = GO_TOOLS[name];
  const cache = Deno.env.get("XDG_CACHE_HOME") || join(homedir(), ".cache");
  const directory = join(cache, "sluice/go", `${name}-${version}`);
  const executables = Object.fromEntries(packages.map((path) => {
    const base = path.slice(path.lastIndexOf("/") + 1);
    return [base, join(directory, base)];
  }));
  if (await areThere(Object.values(executables))) return { executables, reason: null };
  if (!make) return missing(`${name} is not installed: "deno task go-tool ${name}" does`);
  await Deno.mkdir(directory, { recursive: true });
  const partial = await Deno.makeTempDir({ dir: directory });
  try {
    for (const path of packages) {
      const fault = await install(`${module}/${path}@${version}`, partial);
      if (fault !== null) return missing(`cannot be built: ${fault}`);
    }
    for (const base of Object.keys(executables)) {
      await Deno.rename(join(partial, base), executables[base]!); // whole or not at all
    }
    return { executables, reason: null };
  } finally {
    await Deno.remove(partial, { recursive: true });
  }
}

/** @returns What went wrong, null if nothing did */
async function install(target: string, directory: string): Promise<string | null> {
  try {
    const { success, stderr } = await new Deno.Command("go", {
      args: ["install", "-ldflags", "-s -w", target],
      env: { GOBIN: directory },
      stdin: "null",
      stdout: "null",
    }).output();
    return success ? null : new TextDecoder().decode(stderr).trim().split("\n").at(-1)!;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "no Go on the PATH";
    throw error;
  }
}

async function areThere(paths: readonly string[]): Promise<boolean> {
  try {
    await Promise.all(paths.map((path) => Deno.stat(path)));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function missing(reason: string): GoTool {
  return { executables: null, reason };
}
