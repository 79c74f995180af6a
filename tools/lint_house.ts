/**
 * Lint rules that keep the house easy to walk through: no circles of imports, no folder with too many
 * files side by side, no file and no function that is too long, no docstring without a subject, no
 * branch on the text of a message.
 */
import { dirname } from "node:path";
import { type ImportGraph, importsOf } from "./import_graph.ts";

/** Files of a folder, those of its folders aside: about 40. */
export const MOST_FILES = 42;
/** Lines of a file. */
export const MOST_LINES = 350;
/** Lines of a function; those of tests read from top to bottom and may be longer. */
export const MOST_FUNCTION_LINES = 50;

/** Functions that are longer all the same, at most 10, and why. */
export const LONG_FUNCTIONS: Readonly<Record<string, string>> = {
  bindNativeKernels: "one line a kernel, all alike",
  rangeCheck: "one check a kernel, all alike",
  knownAnswer: "a fixed sequence of computations: its order is its answer",
  tile: "registers of one tile, which a call would spill",
  linear: "the two passes of one operation, which share their scratch memory",
  definePushT: "a definition: what an environment is made of, part by part",
  simulate: "the loop of an episode, step by step",
  unshardedStage: "the life of a stage, from its lookup to its commit",
};

/** Files that take the message of an error apart, and whose it is: foreign errors carry no fields. */
export const READS_MESSAGES: Readonly<Record<string, string>> = {
  "core/data_file.ts": "the YAML parser's",
  "infra/temporal/connection.ts": "the native transport's",
  "infra/temporal/obtain.ts": "a program's, of which the first line is shown",
  "infra/temporal/runtime.ts": "the Temporal SDK's, of its log",
  "sim/declared/config/articulation_file.ts": "MuJoCo's",
  "sim/declared/config/mesh_file.ts": "MuJoCo's",
  "store/files/access.ts": "Deno's, which names its path nowhere else",
  "store/hdf5/sandbox.ts": "the HDF5 library's trace",
};

/**
 * Maximum number of casts by `as` in 1,000 lines of the whole project; `as const` does not count.
 */
export const MOST_CASTS = 2;

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname);

/**
 * Folders in the root without the project's modules; names that start with a dot are also excluded.
 */
const FOREIGN = ["data", "docs", "node_modules", "videos"];

/** Modules of the project below a folder, by their paths from its root. */
function* modulesBelow(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(`${ROOT}${folder}`)) {
    if (name.startsWith(".") || FOREIGN.includes(name)) continue;
    if (isDirectory) yield* modulesBelow(`${folder}${name}/`);
    else if (name.endsWith(".ts")) yield `${folder}${name}`;
  }
}

/** Lines and casts of the whole project, tests included; a cast by way of `unknown` is one. */
export function countCasts(): { readonly lines: number; readonly casts: number } {
  let lines = 0, casts = 0;
  for (const file of modulesBelow("")) {
    const text = Deno.readTextFileSync(`${ROOT}${file}`);
    lines += text.trimEnd().split("\n").length;
    casts += castsIn(file, text);
  }
  return { lines, casts };
}

/** Casts of a module. */
export function castsIn(file: string, text: string): number {
  return Deno.lint.runPlugin(CASTS, file, text).length;
}

const CASTS: Deno.lint.Plugin = {
  name: "casts",
  rules: {
    cast: {
      create: (context) => ({
        TSAsExpression(node) {
          const { typeAnnotation: type } = node;
          const isConst = type.type === "TSTypeReference" && type.typeName.type === "Identifier" &&
            type.typeName.name === "const";
          if (isConst || node.parent.type === "TSAsExpression") return;
          context.report({ node, message: "a cast" });
        },
      }),
    },
  },
};

/** Read once per process: a lint looks at all files in one. */
let read: ImportGraph | undefined;

function importGraph(): ImportGraph {
  read ??= new Map(
    Array.from(
      modulesBelow(""),
      (file) => [file, importsOf(file, Deno.readTextFileSync(`${ROOT}${file}`))],
    ),
  );
  return read;
}

/** Finds a shortest path from a file to itself, its ends included; null if there is none. */
export function circleThrough(file: string, graph: ImportGraph): readonly string[] | null {
  const before = new Map<string, string>(), queue = [file];
  for (const reached of queue) {
    for (const next of graph.get(reached) ?? []) {
      if (before.has(next)) continue;
      before.set(next, reached);
      queue.push(next);
    }
  }
  if (!before.has(file)) return null;
  const way = [file];
  do way.unshift(before.get(way[0]!)!); while (way[0] !== file);
  return way;
}

/** Returns a function's name: its own, or that of what it is assigned to. */
function nameOf(node: LongNode): string {
  if (node.type !== "ArrowFunctionExpression" && node.id) return node.id.name;
  const { parent } = node;
  if (parent.type === "VariableDeclarator" && parent.id.type === "Identifier") {
    return parent.id.name;
  }
  const isNamed = parent.type === "Property" || parent.type === "MethodDefinition";
  return isNamed && parent.key.type === "Identifier" ? parent.key.name : "a function";
}

type LongNode =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.ArrowFunctionExpression;

const functionLength: Deno.lint.Rule = {
  create(context) {
    const look = (node: LongNode) => {
      const lines = context.sourceCode.getText(node).split("\n").length, name = nameOf(node);
      if (lines <= MOST_FUNCTION_LINES || Object.hasOwn(LONG_FUNCTIONS, name)) return;
      const message = `Function "${name}" has ${lines} lines: expected at most ` +
        `${MOST_FUNCTION_LINES}: cut it by meaning, into parts whose names say what they do`;
      context.report({ node, message });
    };
    return context.filename.startsWith(`${ROOT}tests/`) ? {} : {
      FunctionDeclaration: look,
      FunctionExpression: look,
      ArrowFunctionExpression: look,
    };
  },
};

/** Methods that look into a text. */
const LOOKS = [
  ...["includes", "startsWith", "endsWith", "indexOf", "search", "split", "slice", "substring"],
  ...["match", "matchAll", "replace", "replaceAll"],
];

/** `message`, `error.message`, `messageOf(error)`. */
function isMessage(node: Deno.lint.Node): boolean {
  switch (node.type) {
    case "Identifier":
      return node.name === "message";
    case "MemberExpression":
      return node.property.type === "Identifier" && node.property.name === "message";
    case "CallExpression":
      return node.callee.type === "Identifier" && node.callee.name === "messageOf";
    default:
      return false;
  }
}

const messages: Deno.lint.Rule = {
  create(context) {
    const file = context.filename.startsWith(ROOT)
      ? context.filename.slice(ROOT.length)
      : context.filename;
    if (Object.hasOwn(READS_MESSAGES, file) || /^(tests|bench)\//.test(file)) return {};
    return {
      CallExpression(node) {
        const { callee, arguments: [first] } = node;
        if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
        const { name } = callee.property;
        const looks = (LOOKS.includes(name) && isMessage(callee.object)) ||
          (["test", "exec"].includes(name) && first !== undefined && isMessage(first));
        if (!looks) return;
        const message =
          "Errors carry fields: branch on their class, problem or remedy, not on text";
        context.report({ node, message });
      },
    };
  },
};

/** Lists the files in a file's folder, itself included, in order. */
function neighboursOf(file: string): readonly string[] {
  const folder = dirname(file);
  return [...importGraph().keys()].filter((other) => dirname(other) === folder).sort();
}

/** A rule that says one thing of a file, or nothing. */
function fileRule(faultOf: (file: string, text: string) => string | null): Deno.lint.Rule {
  return {
    create: (context) => ({
      Program(node) {
        const file = context.filename.startsWith(ROOT)
          ? context.filename.slice(ROOT.length)
          : context.filename;
        const message = faultOf(file, context.sourceCode.text);
        if (message !== null) context.report({ node, message });
      },
    }),
  };
}

/** Words with which a docstring begins that has no subject, and units, which belong at the end. */
const NO_SUBJECT = ("Of|In|At|By|With|Without|From|For|To|On|As|Under|Below|Above|After|Before|" +
  "Between|Behind|Beside|Beyond|Over|Per|Into|Within|Since|Until|Among|About|Around|Where|If|Else|" +
  "m|M|mm|rad|Rad|s|S|ms|Ms|px|Px|kg|Kg|N|Nm|Hz|kHz|kB|MB|MiB").split("|");

/** Returns the first word of a docstring if it is no subject, otherwise null. */
export function wordWithoutSubject(docstring: string): string | null {
  const word = /^\*[\s*]*([^\s,:;.]*)/.exec(docstring)?.[1] ?? "";
  return NO_SUBJECT.includes(word) || /^[-−±]?\d/.test(word) ? word : null;
}

const docstringSubject: Deno.lint.Rule = {
  create: (context) => ({
    Program() {
      for (const { type, value, range } of context.sourceCode.getAllComments()) {
        if (type !== "Block" || !value.startsWith("*")) continue;
        const word = wordWithoutSubject(value);
        if (word === null) continue;
        const message = `A docstring begins with "${word}": begin with what it is or does, ` +
          'such as "Interval between two checks (ms)"';
        context.report({ range, message });
      }
    },
  }),
};

const plugin: Deno.lint.Plugin = {
  name: "house",
  rules: {
    circles: fileRule((file, text) => {
      const graph = new Map(importGraph()).set(file, importsOf(file, text));
      const circle = circleThrough(file, graph);
      return circle &&
        `Imports go round in a circle, ${circle.join(" → ")}: move what both need to a third file`;
    }),
    "folder-size": fileRule((file) => {
      const files = neighboursOf(file);
      return files.length <= MOST_FILES || file !== files[0]
        ? null
        : `${dirname(file)}/ has ${files.length} files beside each other: expected at most ` +
          `${MOST_FILES}: make folders by subject`;
    }),
    "file-length": fileRule((_, text) => {
      const lines = text.trimEnd().split("\n").length;
      return lines <= MOST_LINES
        ? null
        : `The file has ${lines} lines: expected at most ${MOST_LINES}: cut it by subject`;
    }),
    "function-length": functionLength,
    "docstring-subject": docstringSubject,
    messages,
  },
};

export default plugin;
