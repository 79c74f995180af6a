import type { Finding } from "./findings.ts";
import type { StageDeclaration } from "./graph.ts";

/** A graph as the checks see it. */
export interface Graph {
  readonly stages: ReadonlyMap<string, StageDeclaration>;
  readonly inputs: ReadonlyMap<string, readonly string[]>;
  /** Names of stages of which nothing else is known. */
  readonly unread: ReadonlySet<string>;
}

/** Looks for one kind of fault, whatever the others find. */
export type GraphCheck = (graph: Graph) => readonly Finding[];

/** The generate stage at the head of a chain, null where a faulty graph has none. */
export function rootOf(start: string, { stages, inputs }: Graph) {
  const seen = new Set<string>();
  for (let name: string | undefined = start; name !== undefined && !seen.has(name);) {
    seen.add(name);
    const stage = stages.get(name);
    if (stage?.kind === "generate") return { name, stage };
    name = inputs.get(name)?.[0];
  }
  return null;
}
