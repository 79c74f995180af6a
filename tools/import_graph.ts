import { dirname, join, normalize } from "node:path";

/** Files of the project by the files that they import: types too, packages not. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** `import … from "./a.ts"`, `export … from "./a.ts"`, `import "./a.ts"` and `import("./a.ts")`. */
const RELATIVE_IMPORT =
  /^\s*(?:import|export)\b[^"';]*?"(\.{1,2}\/[^"]+)"|\bimport\(\s*"(\.{1,2}\/[^"]+)"/gm;

/** Returns the paths, from the root, of the project's modules that a module imports. */
export function importsOf(file: string, text: string): readonly string[] {
  return Array.from(
    text.matchAll(RELATIVE_IMPORT),
    ([, from, dynamic]) => normalize(join(dirname(file), from ?? dynamic!)),
  );
}

/**
 * The circles of a graph: sets of files of which each reaches each other, in the order of the first
 * of them.
 *
 * @see Tarjan, "Depth-first search and linear graph algorithms", 1972
 */
export function findCircles(graph: ImportGraph): readonly (readonly string[])[] {
  const order = new Map<string, number>(), lowest = new Map<string, number>();
  const stack: string[] = [], circles: string[][] = [];
  function visit(file: string): void {
    order.set(file, order.size);
    lowest.set(file, order.get(file)!);
    stack.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) visit(next);
      else if (!stack.includes(next)) continue;
      lowest.set(file, Math.min(lowest.get(file)!, lowest.get(next)!));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1 || graph.get(file)?.includes(file)) circles.push(circle.sort());
  }
  for (const file of [...graph.keys()].sort()) if (!order.has(file)) visit(file);
  return circles.sort(([a], [b]) => a! < b! ? -1 : 1);
}
