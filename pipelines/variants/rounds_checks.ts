import { suggestName } from "../../core/suggest.ts";
import type { Finding } from "../findings.ts";
import { parameterInputs } from "../kinds/stage_inputs.ts";
import { baseOf, initialParameter, type Repetition } from "./repetition.ts";
import { roundName } from "./round_name.ts";

/** What is wrong with rounds, that their schema cannot tell. */
export function checkRounds(
  rounds: Repetition,
  names: readonly string[],
): readonly Finding[] {
  const unknown = checkNames(rounds, names);
  return unknown.length > 0 ? unknown : [
    ...checkBetween(rounds),
    ...checkLoop(rounds),
    ...checkStart(rounds),
    ...checkEdits(rounds),
  ];
}

function checkNames({ of }: Repetition, names: readonly string[]): readonly Finding[] {
  return of.flatMap((name, at): readonly Finding[] => {
    const path = ["rounds", "of", at];
    if (!names.includes(name)) {
      const problem = `there is no stage "${name}"`;
      return [{ check: "unknown-input", path, problem, remedy: suggestName(name, names) }];
    }
    if (of.indexOf(name) === at) return [];
    const problem = `stage "${name}" is named more than once`;
    return [{ check: "duplicate-input", path, problem, remedy: "name it once" }];
  });
}

/** Finds a stage that a repeated one reads and that reads a repeated one, without being repeated. */
function checkBetween({ of, stages }: Repetition): readonly Finding[] {
  const inputsOf = (name: string) => (stages.get(name)?.inputs ?? []).map(baseOf);
  const behind = new Set<string>();
  for (let size = -1; size < behind.size;) {
    size = behind.size;
    for (const name of stages.keys()) {
      const reads = inputsOf(name).some((input) => of.includes(input) || behind.has(input));
      if (reads && !of.includes(name)) behind.add(name);
    }
  }
  const between = of.flatMap(inputsOf).find((input) => behind.has(input));
  if (between === undefined) return [];
  const problem = `stage "${between}" stands between repeated stages and is not repeated itself`;
  const remedy = `add "${between}" to of`;
  return [{ check: "missing-input", path: ["rounds", "of"], problem, remedy }];
}

/** Expects a policy of each round that rolls out in the next, and one to begin with. */
function checkLoop({ of, stages, late }: Repetition): readonly Finding[] {
  const path = ["rounds", "of"];
  const carried = of.flatMap((name) => {
    const declared = stages.get(name);
    return declared === undefined ? [] : parameterInputs(declared.stage);
  }).map(([, name]) => baseOf(name)).filter((name) => of.includes(name));
  if (carried.length === 0) {
    const problem = "none of the stages reads what the round before has left";
    const remedy = "add a generate stage with policy: { from: STAGE }, the train stage among them";
    return [{ check: "missing-input", path, problem, remedy }];
  }
  const absent = carried.find((name) => late.has(name));
  if (absent === undefined) return [];
  const problem = `"${absent}" reads nothing but what rounds leave, so that none can be the first`;
  const remedy = "let its dataset hold episodes from before the rounds too";
  return [{ check: "missing-input", path, problem, remedy }];
}

/** How trainings begin is said once, by `start`. */
function checkStart({ of, start, stages }: Repetition): readonly Finding[] {
  const repeated = of.flatMap((name) => stages.get(name) ?? []);
  const trainings = repeated.filter((stage) => initialParameter(stage) !== undefined);
  if (start === "warm" && trainings.length === 0) {
    const problem = "warm, and none of the stages trains";
    const remedy = "add the train stage to of, or remove start";
    return [{ check: "wrong-value", path: ["rounds", "start"], problem, remedy }];
  }
  return trainings.flatMap((stage) => {
    const parameter = initialParameter(stage)!; // it was filtered by that
    const named = parameterInputs(stage.stage).find(([own]) => own === parameter)?.[1];
    if (named === undefined || !of.includes(baseOf(named))) return [];
    return [{
      check: "two-sources" as const,
      path: ["stages", stage.name, parameter],
      problem: "how a training of a round begins is said by rounds.start",
      remedy: `remove it, and write start: warm`,
    }];
  });
}

function checkEdits({ of, count, edit = {}, late }: Repetition): readonly Finding[] {
  return Object.entries(edit).flatMap(([round, stages]): readonly Finding[] => {
    const path = ["rounds", "edit", round];
    if (Number(round) > count) {
      const problem = `there is no round ${round}: the last is ${count}`;
      return [{ check: "out-of-range", path, problem, remedy: "edit another, or raise count" }];
    }
    return Object.keys(stages).flatMap((name): readonly Finding[] => {
      const isThere = of.includes(name) && (Number(round) > 0 || !late.has(name));
      if (isThere) return [];
      const problem = of.includes(name)
        ? `${roundName(name, 0)} does not exist: round 0 is the plain clone`
        : `"${name}" is none of the repeated stages`;
      const remedy = of.includes(name) ? "edit a later round" : suggestName(name, of);
      return [{ check: "unknown-key", path: [...path, name], problem, remedy }];
    });
  });
}
