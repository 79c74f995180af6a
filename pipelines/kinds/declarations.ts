import type { CompareDeclaration } from "./compare.ts";
import type { concatenate } from "./concatenate.ts";
import type { EvaluateDeclaration } from "./evaluate.ts";
import type { FilterDeclaration } from "./filter.ts";
import type { GateDeclaration } from "./gate.ts";
import type { GenerateDeclaration } from "./generate.ts";
import type { MergeDeclaration } from "./merge.ts";
import type { DeclaredParameters } from "./parameter.ts";
import type { relabel } from "./relabel.ts";
import type { ScoreDeclaration } from "./score.ts";
import type { SelectDeclaration } from "./select.ts";
import type { subsample } from "./subsample.ts";
import type { TrainDeclaration } from "./train.ts";
import type { ValidateDeclaration } from "./validate.ts";

/**
 * Stages of the kinds that come with the project as a program declares them, by name of the kind. They
 * name no schema, so that a reader of types meets parameters alone; a test keeps them equal to the
 * schemas.
 */
export interface ShippedDeclarations<Name extends string = string> {
  readonly generate: GenerateDeclaration<Name>;
  readonly validate: ValidateDeclaration<Name>;
  readonly filter: FilterDeclaration<Name>;
  readonly merge: MergeDeclaration<Name>;
  readonly train: TrainDeclaration<Name>;
  readonly evaluate: EvaluateDeclaration<Name>;
  readonly select: SelectDeclaration<Name>;
  readonly score: ScoreDeclaration<Name>;
  readonly compare: CompareDeclaration<Name>;
  readonly gate: GateDeclaration<Name>;
}

/** Parameters of the kinds of the project that are made as those of users are, by name of the kind. */
export interface ShippedOwnKinds {
  readonly relabel: DeclaredParameters<typeof relabel["parameters"]>;
  readonly subsample: DeclaredParameters<typeof subsample["parameters"]>;
  readonly concatenate: DeclaredParameters<typeof concatenate["parameters"]>;
}
