import { InvalidInputError } from "../../../core/errors.ts";
import { type OwnKind, ownKindDefinition } from "../../../pipelines/kinds/own_kind.ts";
import type { DeclaredParameters, ParameterTable } from "../../../pipelines/kinds/parameter.ts";
import { registerKind } from "../../../pipelines/kinds/registry.ts";
import { NAME_PATTERN } from "../../../pipelines/places.ts";
import { registerOperation } from "../stage_operations.ts";
import {
  shardedOwnOperation,
  type ShardStageRun,
  wholeOperation,
  type WholeStageRun,
} from "./own_operation.ts";
import { registerReport, type ReportStage } from "./own_report.ts";
import type { StageFigures } from "./stage_output.ts";

/** A kind of stage of your own: what it is, and what it does. */
export type StageDefinition<Table extends ParameterTable> =
  & OwnKind<Table>
  & {
    /** Does the work of a stage, for a kind without shards. */
    run?(context: WholeStageRun<Table>): Promise<StageFigures>;
    /** Does the work of one shard, for a sharded kind. */
    runShard?(context: ShardStageRun<Table>): Promise<StageFigures>;
    /** Section of the report; a table of counts and metrics if absent. */
    report?: ReportStage;
  };

/** A registered kind, from which the types of its declarations follow. */
export interface RegisteredStage<Table extends ParameterTable> {
  readonly kind: string;
  readonly parameters: Table;
}

/** The parameters of a kind as declarations give them, for `declare module`. */
export type ParametersOf<Stage> = Stage extends RegisteredStage<infer Table>
  ? DeclaredParameters<Table>
  : never;

/**
 * Makes a kind of stage known in this process: a module does so that the command line, workers and
 * their threads load too. `docs/extending.md` shows whole ones.
 *
 * @throws {InvalidInputError} If its name is taken or no name, or it lacks what its shape asks for
 */
export function registerStage<const Table extends ParameterTable>(
  definition: StageDefinition<Table>,
): RegisteredStage<Table> {
  const { kind, parameters, work, run, runShard, report } = definition;
  if (!NAME_PATTERN.test(kind)) {
    throw refusal(kind, "a name of a-z, 0-9, - and _ that begins with a letter", "another");
  }
  const reserved = RESERVED.find((name) => Object.hasOwn(parameters, name));
  if (reserved !== undefined) {
    throw refusal(kind, "parameters of other names than those of every stage", `"${reserved}"`);
  }
  const operation = work.shape === "whole"
    ? run && wholeOperation(definition, (context) => run.call(definition, context))
    : runShard && shardedOwnOperation(definition, (context) => runShard.call(definition, context));
  if (operation === undefined) {
    throw refusal(kind, work.shape === "whole" ? "run" : "runShard", "none");
  }
  registerKind(ownKindDefinition(definition as unknown as OwnKind)); // whatever its parameters are
  registerOperation(kind, operation);
  if (report !== undefined) registerReport(kind, report);
  return { kind, parameters };
}

/** Fields that every stage has. */
const RESERVED = ["kind", "from", "seed", "stream"];

function refusal(kind: string, expected: string, found: string): InvalidInputError {
  return new InvalidInputError({
    action: "register kind of stage",
    place: kind,
    expected,
    found,
    remedy: "change the call of registerStage()",
  });
}
