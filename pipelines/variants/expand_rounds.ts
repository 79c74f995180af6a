import { describeIssue, isRecord } from "../../core/findings.ts";
import type { Finding } from "../findings.ts";
import type { AnyStage } from "../kinds/kind.ts";
import { withInputs, withParameterInputs } from "../kinds/stage_inputs.ts";
import { type DeclaredStage, declaredStages } from "./declared_stages.ts";
import { baseOf, initialParameter, type Repetition, repetitionOf } from "./repetition.ts";
import { roundName } from "./round_name.ts";
import { checkRounds } from "./rounds_checks.ts";
import { roundsSchema } from "./rounds_schema.ts";

type Path = Finding["path"];

/** What a declaration comes to whose rounds are stages. */
export interface ExpandedRounds {
  readonly value: unknown;
  readonly findings: readonly Finding[];
  /** Returns the place in the declaration as it was written for a path of the expanded one. */
  readonly originOf: (path: Path) => Path;
}

/** A stage of one round. */
interface RoundStage {
  readonly name: string;
  readonly declared: string;
  readonly round: number;
  readonly stage: Readonly<Record<string, unknown>>;
}

/**
 * Writes every round of what claims to be a declaration as ordinary stages, `train[round=3]`. It comes
 * before matrices, which multiply them, and before all other checks.
 */
export function expandRounds(value: unknown): ExpandedRounds {
  const originOf = (path: Path) => path;
  if (!isRecord(value) || !Object.hasOwn(value, "rounds")) return { value, findings: [], originOf };
  const { rounds: given, ...rest } = value;
  const { success, data, error } = roundsSchema.safeParse(given);
  if (!success) {
    const findings = error.issues.flatMap((issue) => describeIssue(roundsSchema, issue, given))
      .map((finding) => ({ ...finding, path: ["rounds", ...finding.path] }));
    return { value: rest, findings, originOf };
  }
  const declared = isRecord(rest["stages"]) ? rest["stages"] : {};
  const repetition = repetitionOf(data, declaredStages(rest));
  const findings = checkRounds(repetition, Object.keys(declared));
  if (findings.length > 0) return { value: rest, findings, originOf };
  const made = repetition.of.flatMap((name) => roundsOf(name, repetition));
  const byDeclared = Map.groupBy(made, ({ declared }) => declared);
  const isRepeated = (name: string) => data.of.includes(name) && repetition.stages.has(name);
  const stages = Object.entries(declared).flatMap(
    ([name, stage]): readonly (readonly [string, unknown])[] =>
      isRepeated(name)
        ? byDeclared.get(name)?.map(({ name, stage }) => [name, stage]) ?? []
        : [[name, stage]],
  );
  const byName = new Map(made.map((stage) => [stage.name, stage]));
  return {
    value: { ...rest, stages: Object.fromEntries(stages) },
    findings: [],
    originOf: (path) => originOfRound(path, byName, data.edit ?? {}),
  };
}

/** Every round of a stage; none of one that cannot be read, which is told of elsewhere. */
function roundsOf(name: string, rounds: Repetition): readonly RoundStage[] {
  const declared = rounds.stages.get(name);
  if (declared === undefined) return [];
  const first = rounds.late.has(name) ? 1 : 0;
  return Array.from({ length: Math.max(0, rounds.count + 1 - first) }, (_, at) => {
    const round = first + at;
    return {
      name: roundName(name, round),
      declared: name,
      round,
      stage: stageIn(round, declared, rounds),
    };
  });
}

function stageIn(
  round: number,
  declared: DeclaredStage,
  { of, start, edit = {}, late }: Repetition,
): RoundStage["stage"] {
  const { name, kind, stage, matrix, along } = declared;
  const takesAll = kind.takesVariants === true;
  const variantsOf = (input: string): readonly string[] => {
    if (!of.includes(baseOf(input))) return [input];
    const first = takesAll ? (late.has(baseOf(input)) ? 1 : 0) : round;
    return Array.from({ length: round + 1 - first }, (_, at) => roundName(input, first + at));
  };
  const before = (input: string) =>
    of.includes(baseOf(input)) ? roundName(input, round - 1) : input;
  const named = withInputs(withParameterInputs(stage, before), variantsOf);
  const initial = start === "warm" && round > 0 ? initialParameter(declared) : undefined;
  const begun: AnyStage = {
    ...(kind.renameInputs?.(named, variantsOf) ?? named),
    ...(initial === undefined ? {} : { [initial]: { from: roundName(name, round - 1) } }),
    // Each round draws episodes of its own.
    ...(kind.chain?.place === "head" && round > 0
      ? { stream: `${stage.stream ?? name}-round-${round}` }
      : {}),
  };
  return {
    ...merge(begun, edit[round]?.[name] ?? {}),
    ...(matrix === undefined ? {} : { matrix }),
    // A matrix keeps what belongs to one of its variants together, round after round.
    ...(along !== undefined ? { along } : takesAll ? { along: true } : {}),
  };
}

/** Objects within objects are merged, so that an edit says no more than what differs. */
function merge(
  stage: Readonly<Record<string, unknown>>,
  edit: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const edited = Object.entries(edit).map(([name, value]) => {
    const current = stage[name];
    return [name, isRecord(current) && isRecord(value) ? merge(current, value) : value] as const;
  });
  return { ...stage, ...Object.fromEntries(edited) };
}

function originOfRound(
  path: Path,
  stages: ReadonlyMap<string, RoundStage>,
  edit: NonNullable<Repetition["edit"]>,
): Path {
  const [head, name, ...rest] = path;
  const stage = head === "stages" ? stages.get(String(name)) : undefined;
  if (stage === undefined) return path;
  const { round, declared } = stage;
  const isEdited = rest.length > 0 && Object.hasOwn(edit[round]?.[declared] ?? {}, rest[0]!);
  return isEdited ? ["rounds", "edit", round, declared, ...rest] : ["stages", declared, ...rest];
}
