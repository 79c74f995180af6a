import { suggestName } from "../../core/suggest.ts";
import { type Graph, type GraphCheck, rootOf } from "./checked_graph.ts";
import type { Finding } from "./findings.ts";
import { orderStages } from "./graph.ts";
import type { StageKind } from "../plan.ts";

/** Kinds that each kind reads. */
const READS: Readonly<Record<StageKind, readonly StageKind[]>> = {
  generate: [],
  validate: ["generate"],
  filter: ["generate", "validate"],
  merge: ["generate", "validate", "filter"],
  train: ["merge"],
  evaluate: ["train"],
  score: ["train", "merge"],
};

/** Kinds that read several stages. */
const JOINS: readonly StageKind[] = ["merge", "score"];

/** The parameter that stands in for an input stage. */
const STORED_SOURCE: Readonly<Partial<Record<StageKind, "dataset" | "policy">>> = {
  train: "dataset",
  evaluate: "policy",
};

/** That every stage reads what there is, and what it can read. */
export const INPUT_CHECKS: readonly GraphCheck[] = [
  checkSources,
  checkUnknownInputs,
  checkDuplicateInputs,
  checkCycle,
  checkInputKinds,
  checkChains,
];

/** Every stage but generate has exactly one source: input stages, or a stored thing. */
function checkSources({ stages, inputs }: Graph): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [name, stage] of stages) {
    const names = inputs.get(name)!;
    const parameter = STORED_SOURCE[stage.kind];
    const stored = parameter !== undefined && Object.hasOwn(stage, parameter);
    if (stage.kind !== "generate" && names.length === 0 && !stored) {
      findings.push({
        check: "missing-input",
        path: ["stages", name],
        problem: `a ${stage.kind} stage needs an input`,
        remedy: parameter === undefined ? "add from" : `add from, or ${parameter}`,
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
    if (!JOINS.includes(stage.kind) && names.length > 1) {
      findings.push({
        check: "too-many-inputs",
        path: ["stages", name, "from"],
        problem: `a ${stage.kind} stage reads one stage, found ${names.length}`,
        remedy: "merge them first",
      });
    }
  }
  return findings;
}

function checkUnknownInputs({ stages, inputs, unread }: Graph): readonly Finding[] {
  const known = [...stages.keys(), ...unread];
  return [...inputs].flatMap(([name, names]) =>
    names.filter((input) => !known.includes(input)).map((input) => ({
      check: "unknown-input" as const,
      path: ["stages", name, "from"],
      problem: `there is no stage "${input}"`,
      remedy: suggestName(input, known.filter((stage) => stage !== name)),
    }))
  );
}

function checkDuplicateInputs({ inputs }: Graph): readonly Finding[] {
  return [...inputs].flatMap(([name, names]) =>
    [...new Set(names.filter((input, index) => names.indexOf(input) < index))].map((input) => ({
      check: "duplicate-input" as const,
      path: ["stages", name, "from"],
      problem: `stage "${input}" is named more than once`,
      remedy: "name it once",
    }))
  );
}

/** Kinds have an order, so a cycle has a wrong input, too; the cycle is what there is to mend. */
function checkInputKinds({ stages, inputs }: Graph): readonly Finding[] {
  const findings: Finding[] = [];
  const cycle = orderStages(inputs).cycle ?? [];
  for (const [name, stage] of stages) {
    for (const input of inputs.get(name)!) {
      const found = stages.get(input)?.kind;
      if (found === undefined || READS[stage.kind].includes(found)) continue;
      if (cycle.includes(name) && cycle.includes(input)) continue;
      findings.push({
        check: "wrong-input-kind",
        path: ["stages", name, "from"],
        problem: `a ${stage.kind} stage reads ${listOf(READS[stage.kind])}, ` +
          `found "${input}" of kind ${found}`,
        remedy: found === "generate" && stage.kind === "train"
          ? `add a merge stage between them`
          : `name a stage of kind ${listOf(READS[stage.kind])}`,
      });
    }
  }
  return findings;
}

function checkCycle({ inputs }: Graph): readonly Finding[] {
  const { cycle } = orderStages(inputs);
  if (cycle === null) return [];
  return [{
    check: "cycle",
    path: ["stages", cycle[0]!],
    problem: `stages wait for each other: ${cycle.join(" → ")}`,
    remedy: "remove one of these inputs",
  }];
}

/**
 * How many candidates a generate or validate stage covers is decided by the check behind it, so it
 * has one: with two, its extent would have two values.
 */
function checkChains(graph: Graph): readonly Finding[] {
  const { stages, inputs } = graph;
  const findings: Finding[] = [];
  for (const [name, stage] of stages) {
    if (stage.kind !== "generate" && stage.kind !== "validate") continue;
    const consumers = [...stages].filter(([other, { kind }]) =>
      READS[kind].includes(stage.kind) && inputs.get(other)!.includes(name)
    ).map(([other]) => other);
    const checks = consumers.filter((other) => stages.get(other)!.kind !== "merge");
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
  const root = rootOf(name, graph);
  return root === null ? name : root.stage.stream ?? root.name;
}

function listOf(kinds: readonly StageKind[]): string {
  return kinds.length === 0 ? "no other stage" : kinds.join(" or ");
}
