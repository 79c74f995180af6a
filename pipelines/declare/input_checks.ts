import { withArticle } from "../../core/article.ts";
import { suggestName } from "../../core/suggest.ts";
import type { Finding } from "../findings.ts";
import type { AnyStage } from "../kinds/kind.ts";
import { kindOf } from "../kinds/mod.ts";
import { kindsFor, kindsRead, mostInputs, reads, sourceParameter } from "../kinds/inputs.ts";
import { fromOf, parameterInputs } from "../kinds/stage_inputs.ts";
import { type Graph, type GraphCheck, headOf } from "./checked_graph.ts";
import { orderStages } from "./graph.ts";

/** Checks that every stage reads existing stages of types that it can read. */
export const INPUT_CHECKS: readonly GraphCheck[] = [
  checkSources,
  checkUnknownInputs,
  checkDuplicateInputs,
  checkCycle,
  checkInputKinds,
  checkChains,
];

/** Every stage that reads something has exactly one source: input stages, or a stored thing. */
function checkSources({ stages }: Graph): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [name, stage] of stages) {
    const names = fromOf(stage);
    const kind = kindOf(stage), parameter = sourceParameter(kind);
    const stored = parameter !== undefined && Object.hasOwn(stage, parameter);
    if (kindsRead(kind).length > 0 && names.length === 0 && !stored) {
      findings.push({
        check: "missing-input",
        path: ["stages", name],
        problem: `${withArticle(stage.kind)} stage needs an input`,
        remedy: parameter === undefined
          ? "add from"
          : `add from with the name of a stage, or ${parameter}`,
      });
    }
    if (stored && names.length > 0) {
      findings.push({
        check: "two-sources",
        path: ["stages", name, parameter],
        problem: `expected from or ${parameter}, found both`,
        remedy: "remove one",
      });
    }
    if (names.length > 1 && mostInputs(kind) === 1) {
      findings.push({
        check: "too-many-inputs",
        path: ["stages", name, "from"],
        problem: `${withArticle(stage.kind)} stage reads one stage, found ${names.length}`,
        remedy: "merge them first",
      });
    }
  }
  return findings;
}

/** Every place in which a stage names an input. */
function namedInputs({ stages }: Graph) {
  return [...stages].flatMap(([name, stage]) => [
    ...fromOf(stage).map((input) => ({ name, stage, input, parameter: null })),
    ...parameterInputs(stage).map(([parameter, input]) => ({ name, stage, input, parameter })),
  ]).map((named) => {
    const { name, parameter } = named;
    const path = ["stages", name, ...(parameter === null ? [] : [parameter]), "from"];
    return { ...named, path };
  });
}

function checkUnknownInputs(graph: Graph): readonly Finding[] {
  const known = [...graph.stages.keys(), ...graph.unread], isKnown = new Set(known);
  return namedInputs(graph).filter(({ input }) => !isKnown.has(input)).map(
    ({ name, input, path }) => ({
      check: "unknown-input",
      path,
      problem: `there is no stage "${input}"`,
      remedy: suggestName(input, known.filter((stage) => stage !== name)),
    }),
  );
}

function checkDuplicateInputs({ stages }: Graph): readonly Finding[] {
  return [...stages].flatMap(([name, stage]) => {
    const names = fromOf(stage);
    return [...new Set(names.filter((input, index) => names.indexOf(input) < index))].map((
      input,
    ) => ({
      check: "duplicate-input" as const,
      path: ["stages", name, "from"],
      problem: `stage "${input}" is named more than once`,
      remedy: "name it once",
    }));
  });
}

/** Kinds have an order, so a cycle has a wrong input, too; the cycle is what there is to mend. */
function checkInputKinds(graph: Graph): readonly Finding[] {
  const { stages, inputs } = graph;
  const findings: Finding[] = [];
  const cycle = orderStages(inputs).cycle ?? [];
  for (const { name, stage, input, parameter, path } of namedInputs(graph)) {
    const found = stages.get(input);
    if (found === undefined || (cycle.includes(name) && cycle.includes(input))) continue;
    const kinds = parameter === null
      ? kindsRead(kindOf(stage))
      : kindsFor(kindOf(stage), parameter);
    const fits = parameter === null
      ? reads(kindOf(stage), kindOf(found))
      : kinds.includes(found.kind);
    if (fits) continue;
    const subject = parameter === null ? `${withArticle(stage.kind)} stage` : parameter;
    findings.push({
      check: "wrong-input-kind",
      path,
      problem: `${subject} reads ${listOf(kinds)}, found "${input}" of kind ${found.kind}`,
      remedy: parameter === null ? remedyOf(stage, found) : `name a stage of kind ${listOf(kinds)}`,
    });
  }
  return findings;
}

function checkCycle({ inputs }: Graph): readonly Finding[] {
  const { cycle } = orderStages(inputs);
  if (cycle === null) return [];
  return [{
    check: "cycle",
    path: ["stages", cycle[0]!],
    problem: `stages depend on each other: ${cycle.join(" → ")}`,
    remedy: "remove one of these inputs",
  }];
}

/**
 * Checks that only one stage reads a generate or validate stage: the check that follows decides how
 * many candidates it covers, and two would give two numbers.
 */
function checkChains(graph: Graph): readonly Finding[] {
  const { stages, inputs } = graph;
  const findings: Finding[] = [];
  for (const [name, stage] of stages) {
    const consumers = [...stages].filter(([other, consumer]) =>
      inputs.get(other)!.includes(name) && reads(kindOf(consumer), kindOf(stage))
    ).map(([other]) => other);
    const checks = consumers.filter((other) => kindOf(stages.get(other)!).chain !== undefined);
    if (checks.length === 0 || consumers.length === 1) continue;
    const second = consumers.find((other) => other !== checks[0])!;
    findings.push({
      check: "second-consumer",
      path: ["stages", second, "from"],
      problem: `stage "${name}" is already read by "${checks[0]}", which decides its extent`,
      remedy: `give "${second}" a second generate stage with stream: ${
        streamOf(name, graph)
      }, which shares its shards`,
    });
  }
  return findings;
}

function streamOf(name: string, graph: Graph): string {
  const head = headOf(name, graph);
  return head === null ? name : head.stage.stream ?? head.name;
}

/** Returns the kind of stage that must stand between the two, if one kind can. */
function remedyOf(stage: AnyStage, found: AnyStage): string {
  const between = kindsRead(kindOf(stage)).map((kind) => kindOf({ kind })).find((kind) =>
    kind.chain === undefined && reads(kind, kindOf(found))
  );
  return between === undefined
    ? `name a stage of kind ${listOf(kindsRead(kindOf(stage)))}`
    : `add ${withArticle(between.kind)} stage between them`;
}

function listOf(kinds: readonly string[]): string {
  return kinds.length === 0 ? "no other stage" : kinds.join(" or ");
}
