import type { Finding } from "../findings.ts";
import type { AnyStage } from "../kinds/kind.ts";
import { findKind } from "../kinds/mod.ts";

/** A graph as the checks see it. */
export interface Graph {
  readonly stages: ReadonlyMap<string, AnyStage>;
  readonly inputs: ReadonlyMap<string, readonly string[]>;
  /** Names of stages of which nothing else is known. */
  readonly unread: ReadonlySet<string>;
}

/** Looks for one kind of fault, whatever the others find. */
export type GraphCheck = (graph: Graph) => readonly Finding[];

/** The stage at the head of a chain, null if a faulty graph has none. */
export function headOf(start: string, { stages, inputs }: Graph) {
  const seen = new Set<string>();
  for (let name: string | undefined = start; name !== undefined && !seen.has(name);) {
    seen.add(name);
    const stage = stages.get(name);
    if (stage !== undefined && findKind(stage.kind)?.chain?.place === "head") {
      return { name, stage };
    }
    name = inputs.get(name)?.[0];
  }
  return null;
}
