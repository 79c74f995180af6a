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
  /** What distinguishes it, with where the declaration says so. */
  readonly assignments: readonly Assignment[];
}

/** A declaration in which every variant is a stage of its own. */
export interface Expansion {
  /** What `checkShape()` takes; the declaration itself where it has no variants. */
  readonly value: unknown;
  /** What is wrong with its variants; the value is of no use then. */
  readonly findings: readonly Finding[];
  /** Path in the declaration as written, for a path of the expanded one. */
  readonly originOf: (path: Path) => Path;
  /** The stages of each declared one, by its name; of those alone that were multiplied. */
  readonly variants: ReadonlyMap<string, readonly ExpandedStage[]>;
}
