import type { Finding } from "../findings.ts";
import type { AnyStage } from "../kinds/kind.ts";
import type { Assignment } from "./factors.ts";
import type { Variant } from "./variant_name.ts";

type Path = Finding["path"];

/** Stages that a declaration may come to: 512 variants of every stage of a long pipeline. */
export const MAX_EXPANDED = 16_384;

/** A stage that nothing multiplies any more. */
export interface ExpandedStage {
  readonly name: string;
  readonly variant: Variant;
  /** The stage of the declaration that it comes from. */
  readonly declared: string;
  readonly stage: AnyStage;
  /** Assignments that distinguish it, with their places in the declaration. */
  readonly assignments: readonly Assignment[];
}

/** A declaration in which every variant is a stage of its own. */
export interface Expansion {
  /** Value for `checkShape()`; the declaration itself if it has no variants. */
  readonly value: unknown;
  /** Findings about its variants; if there are any, the value is useless. */
  readonly findings: readonly Finding[];
  /** Path in the declaration as written, for a path of the expanded one. */
  readonly originOf: (path: Path) => Path;
  /** The stages of each declared one, by its name; of those alone that were multiplied. */
  readonly variants: ReadonlyMap<string, readonly ExpandedStage[]>;
}
