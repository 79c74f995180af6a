/**
 * Lint rules that keep the layers of ARCHITECTURE.md true: which folder may import which, which
 * package has one folder that knows it, and what may not be reached from a workflow.
 */

/**
 * Folders whose values a folder may import, other than its own. A folder that is not listed may
 * import everything.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  sim: ["core"],
  store: ["core"],
  learn: ["core"],
  view: ["core"],
  pages: ["core", "sim", "view"],
  pipelines: ["core"],
  workflows: ["core", "pipelines"],
  activities: ["core", "sim", "store", "learn", "view", "pipelines"],
  infra: ["core"],
  runtime: [
    "core",
    "sim",
    "store",
    "learn",
    "view",
    "pipelines",
    "workflows",
    "activities",
    "infra",
  ],
};

/** Packages, by the beginning of their name, that only these folders know. */
const ONLY_IN: readonly (readonly [prefix: string, folders: readonly string[]])[] = [
  ["@mujoco/", ["sim"]],
  ["@dimforge/", ["sim"]],
  ["three", ["pages"]],
  ["uplot", ["pages"]],
  ["zarrita", ["store"]],
  ["@zarrita/", ["store"]],
  ["@temporalio/workflow", ["workflows"]],
  ["@temporalio/activity", ["activities"]],
  ["@temporalio/", ["workflows", "activities", "infra", "runtime"]],
];

/** Folders that run without Deno, Node and registries, and where each runs. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  core: "is reached from workflows",
  pipelines: "is reached from workflows",
  workflows: "is reached from workflows",
  pages: "runs in a browser",
};

/** Folders outside the layers: the composition root, and what checks the rest. */
const FREE = ["api", "cli", "tests", "bench", "tools"];

/** Files of data at the root that every layer at the rim may read. */
const ROOT_DATA = /^(\.\.\/)+deno\.json$/;

/** Sources of chance, time and side effects, which only the composition root may touch. */
const AMBIENT: Readonly<Record<string, readonly string[] | "any">> = {
  console: "any",
  Math: ["random"],
  Date: ["now"],
  performance: ["now", "timeOrigin"],
  crypto: ["randomUUID", "getRandomValues"],
  Deno: ["env", "exit"],
};

/** Files that may touch some of it all the same, and why. */
const TOUCHES: Readonly<Record<string, readonly string[]>> = {
  "infra/given_environment.ts": ["Deno"], // what programs are given that are started
  "activities/commands/child_variables.ts": ["Deno"], // what programs of the user's are given
  "learn/onnx/fetch_package.ts": ["Deno"], // what the package manager is given
  "runtime/bundles/workflow_bundle.ts": ["Deno"], // the end of the process that bundles
  "runtime/bundles/bundle_threads.ts": ["Deno", "console"], // the same, and its faults
  "core/monotonic.ts": ["performance"], // what the rest asks for elapsed time
  "store/files/files.ts": ["crypto", "performance"], // names of temporaries; ages of files
  "store/files/lock.ts": ["crypto"], // names of waiting processes
  "activities/run.ts": ["Date"], // when a run began, for people to read
  "activities/threads/thread_main.ts": ["Date"], // the root of a thread
};

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname);

/** Returns why a file may not import a value from there, or null if it may. */
function importFault(file: string, specifier: string): string | null {
  if (/^(npm|jsr|https?):/.test(specifier)) {
    return `import "${specifier}" by its bare name: versions are pinned in deno.json`;
  }
  const folder = folderOf(file);
  if (folder === null || FREE.includes(folder)) return null;
  if (/^\.\.?\//.test(specifier)) {
    const target = folderOf(new URL(specifier, `file:///${file}`).pathname.slice(1));
    const allowed = MAY_IMPORT[folder];
    if (folder === "runtime" && ROOT_DATA.test(specifier)) return null;
    if (target === folder || (target !== null && allowed?.includes(target))) return null;
    return `${folder}/ may not import a value from ${target ?? "the root"}/: ` +
      `it may import ${allowed?.join(", ") || "nothing of ours"}`;
  }
  if (Object.hasOwn(ELSEWHERE, folder) && /^(node:|@std\/)/.test(specifier)) {
    return `${folder}/ ${ELSEWHERE[folder]}, where "${specifier}" does not exist`;
  }
  const owners = ONLY_IN.find(([prefix]) => specifier.startsWith(prefix))?.[1];
  if (owners === undefined || owners.includes(folder)) return null;
  return `only ${owners.join(", ")} and cli know "${specifier}"`;
}

/** Returns why a file may not touch a member of a global, or null if it may. */
function globalFault(file: string, object: string, member: string): string | null {
  const folder = folderOf(file);
  if (folder === null || FREE.includes(folder)) return null;
  if (folder === "runtime" && object !== "Deno") return null; // clocks and chance of services
  if (object === "Deno" && Object.hasOwn(ELSEWHERE, folder)) {
    return `${folder}/ ${ELSEWHERE[folder]}, where Deno does not exist`;
  }
  if (TOUCHES[file]?.includes(object) === true) return null;
  if (object === "performance" && folder === "pages") return null; // a page moves by its own clock
  const members = Object.hasOwn(AMBIENT, object) ? AMBIENT[object]! : [];
  if (members !== "any" && !members.includes(member)) return null;
  return `${object}.${member} belongs to cli/: take what it gives as an argument`;
}

/** Name of the top folder of a file, null for files at the root. */
function folderOf(file: string): string | null {
  const slash = file.indexOf("/");
  return slash === -1 ? null : file.slice(0, slash);
}

function relativeToRoot(filename: string): string {
  return filename.startsWith(ROOT) ? filename.slice(ROOT.length) : filename;
}

const plugin: Deno.lint.Plugin = {
  name: "layers",
  rules: {
    imports: {
      create(context) {
        const file = relativeToRoot(context.filename);
        function check(node: Deno.lint.Node, source: Deno.lint.Node | null): void {
          if (source?.type !== "Literal" || typeof source.value !== "string") return;
          const message = importFault(file, source.value);
          if (message !== null) context.report({ node, message });
        }
        return {
          ImportDeclaration: (node) => node.importKind !== "type" && check(node, node.source),
          ExportAllDeclaration: (node) => node.exportKind !== "type" && check(node, node.source),
          ExportNamedDeclaration: (node) => node.exportKind !== "type" && check(node, node.source),
          ImportExpression: (node) => check(node, node.source),
        };
      },
    },
    globals: {
      create(context) {
        const file = relativeToRoot(context.filename);
        return {
          MemberExpression(node) {
            if (node.object.type !== "Identifier" || node.property.type !== "Identifier") return;
            const message = globalFault(file, node.object.name, node.property.name);
            if (message !== null) context.report({ node, message });
          },
          NewExpression(node) {
            // With arguments it is a date of what it is given; without, of the clock.
            if (node.callee.type !== "Identifier" || node.callee.name !== "Date") return;
            const message = node.arguments.length > 0 ? null : globalFault(file, "Date", "now");
            if (message !== null) context.report({ node, message });
          },
        };
      },
    },
  },
};

export default plugin;
