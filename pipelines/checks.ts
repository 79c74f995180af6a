import { suggestName } from "../core/suggest.ts";
import type { Finding } from "./findings.ts";
import { inputsOf, orderStages, type PipelineDeclaration, type StageDeclaration } from "./graph.ts";
import type { StageKind } from "./plan.ts";
import { checkShape } from "./shape.ts";
import { STAGES } from "./stages.ts";

/** Stages that one pipeline may have; beyond it a generator has run away. */
const MAX_STAGES = 256;

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

/** Kinds whose output is a result in itself; what the others make is only worth its consumer. */
const RESULTS: readonly StageKind[] = ["merge", "train", "evaluate", "score"];

/** Kinds that read several stages. */
const JOINS: readonly StageKind[] = ["merge", "score"];

/** The parameter that stands in for an input stage. */
const STORED_SOURCE: Readonly<Partial<Record<StageKind, "dataset" | "policy">>> = {
  train: "dataset",
  evaluate: "policy",
};

/** A graph as the checks see it. */
interface Graph {
  readonly stages: ReadonlyMap<string, StageDeclaration>;
  readonly inputs: ReadonlyMap<string, readonly string[]>;
  /** Names of stages of which nothing else is known. */
  readonly unread: ReadonlySet<string>;
}

type GraphCheck = (graph: Graph) => readonly Finding[];

/** Each looks for one kind of fault, whatever the others find. */
const INPUT_CHECKS: readonly GraphCheck[] = [
  checkSources,
  checkUnknownInputs,
  checkDuplicateInputs,
  checkCycle,
  checkInputKinds,
  checkChains,
];

/** These pass over stages whose inputs are wrong: they would tell of that under another name. */
const MEANING_CHECKS: readonly GraphCheck[] = [
  checkEnvironments,
  checkSplits,
  checkScores,
  checkHoldouts,
];

/** Everything that is wrong with types, ranges and graph of what claims to be a declaration. */
export function checkPipeline(value: unknown): readonly Finding[] {
  const { declaration, unread, findings } = checkShape(value);
  return [...findings, ...checkGraph(declaration, unread)];
}

/**
 * What is wrong with the graph of a declaration.
 *
 * @param declaration What `checkShape()` has left of it
 * @param unread Names of stages that it could not read
 */
export function checkGraph(
  declaration: PipelineDeclaration,
  unread: ReadonlySet<string> = new Set(),
): readonly Finding[] {
  const stages = new Map(Object.entries(declaration.stages));
  const inputs = new Map([...stages].map(([name, stage]) => [name, inputsOf(stage)]));
  const graph = { stages, inputs, unread };
  const size = checkSize(graph);
  if (size.length > 0) return size;
  const findings = INPUT_CHECKS.flatMap((check) => check(graph));
  const faulty = new Set(findings.map(({ path }) => path[1]));
  const sound = { ...graph, stages: new Map([...stages].filter(([name]) => !faulty.has(name))) };
  // Where an input is misspelt or unread, the stage that is meant would seem to be of no use.
  const orphans = faulty.size + unread.size > 0 ? [] : checkOrphans(graph);
  return [...findings, ...orphans, ...MEANING_CHECKS.flatMap((check) => check(sound))];
}

function checkSize({ stages, unread }: Graph): readonly Finding[] {
  const size = stages.size + unread.size;
  if (size === 0) {
    return [{
      check: "empty-pipeline",
      path: ["stages"],
      problem: "the pipeline has no stages",
      remedy: "declare at least one, e.g. generate: { kind: generate, environment: reach }",
    }];
  }
  if (size <= MAX_STAGES) return [];
  return [{
    check: "too-many-stages",
    path: ["stages"],
    problem: `expected at most ${MAX_STAGES} stages, found ${size}`,
    remedy: "split the pipeline",
  }];
}

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

/** `splitByInput` of a merge names every input, and nothing else. */
function checkSplits({ stages, inputs }: Graph): readonly Finding[] {
  return [...stages].flatMap(([name, stage]): readonly Finding[] => {
    if (stage.kind !== "merge" || stage.splitByInput === undefined) return [];
    const names = inputs.get(name)!, split = Object.keys(stage.splitByInput);
    const path = ["stages", name, "splitByInput"];
    return [
      ...names.filter((input) => !split.includes(input)).map((input) => ({
        check: "missing-input" as const,
        path,
        problem: `it says nothing of input "${input}"`,
        remedy: "add it",
      })),
      ...split.filter((input) => !names.includes(input)).map((input) => ({
        check: "unknown-input" as const,
        path: [...path, input],
        problem: `the stage has no input "${input}"`,
        remedy: suggestName(input, names),
      })),
    ];
  });
}

/** A score reads one dataset, one model, and what that is compared with, each in a role. */
function checkScores({ stages, inputs }: Graph): readonly Finding[] {
  return [...stages].flatMap(([name, stage]): readonly Finding[] => {
    if (stage.kind !== "score") return [];
    const names = inputs.get(name)!, path = ["stages", name];
    if (!names.every((input) => stages.has(input))) return []; // and told of already
    const trained = names.filter((input) => stages.get(input)!.kind === "train");
    const compare = Object.entries(stage.compare ?? {}), compared = compare.map(([, at]) => at);
    const strangers = compare.filter(([, input]) => !trained.includes(input));
    if (strangers.length > 0) {
      return strangers.map(([role, input]) => ({
        check: "unknown-input",
        path: [...path, "compare", role],
        problem: `the stage has no trained input "${input}"`,
        remedy: suggestName(input, trained),
      }));
    }
    const found = {
      dataset: names.length - trained.length,
      model: trained.filter((input) => !compared.includes(input)).length,
    };
    return (["dataset", "model"] as const).filter((what) => found[what] !== 1).map((what) => ({
      check: found[what] === 0 ? "missing-input" : "too-many-inputs",
      path: [...path, "from"],
      problem: `expected one ${what}, found ${found[what]}`,
      remedy: what === "dataset"
        ? "name one merge stage"
        : "name one train stage, and give others a role in compare",
    }));
  });
}

/** A merge that holds episodes out has others to train on. */
function checkHoldouts(graph: Graph): readonly Finding[] {
  return [...graph.stages].flatMap(([name, stage]): readonly Finding[] => {
    if (stage.kind !== "merge" || stage.holdout === undefined) return [];
    const path = ["stages", name, "holdout"];
    if (stage.splitByInput !== undefined) {
      const problem = "expected holdout or splitByInput, found both";
      return [{ check: "two-sources", path, problem, remedy: "remove one" }];
    }
    const { validation = 0, test = 0 } = stage.holdout;
    const roots = graph.inputs.get(name)!.flatMap((input) => rootOf(input, graph) ?? []);
    if (roots.length < graph.inputs.get(name)!.length) return []; // and told of already
    const episodes = roots.reduce(
      (sum, { stage: { episodes } }) => sum + STAGES.generate.shape.episodes.parse(episodes),
      0,
    );
    if (validation + test < episodes) return [];
    return [{
      check: "out-of-range",
      path,
      problem: `expected less than the ${episodes} episodes of the data, found ` +
        `${validation + test}`,
      remedy: "hold fewer out, or generate more",
    }];
  });
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

/** A pipeline that ends with its chains keeps them; once it has a result, each stage must serve it. */
function checkOrphans({ stages, inputs }: Graph): readonly Finding[] {
  if (![...stages.values()].some((stage) => RESULTS.includes(stage.kind))) return [];
  const used = new Set([...inputs.values()].flat());
  return [...stages]
    .filter(([name, stage]) => !RESULTS.includes(stage.kind) && !used.has(name))
    .map(([name]) => ({
      check: "orphan" as const,
      path: ["stages", name],
      problem: `nothing uses the output of stage "${name}"`,
      remedy: "name it in the from of another stage, or remove it",
    }));
}

/** The datasets of two environments have different columns and cannot be merged. */
function checkEnvironments(graph: Graph): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [name, stage] of graph.stages) {
    if (stage.kind !== "merge") continue;
    const environments = new Set(
      graph.inputs.get(name)!.flatMap((input) => environmentOf(input, graph) ?? []),
    );
    if (environments.size < 2) continue;
    findings.push({
      check: "mixed-environments",
      path: ["stages", name, "from"],
      problem: `expected episodes of one environment, found ${[...environments].join(", ")}`,
      remedy: "declare one merge stage for each environment",
    });
  }
  return findings;
}

function environmentOf(name: string, graph: Graph): string | null {
  const root = rootOf(name, graph);
  return root === null ? null : root.stage.environment;
}

function streamOf(name: string, graph: Graph): string {
  const root = rootOf(name, graph);
  return root === null ? name : root.stage.stream ?? root.name;
}

/** The generate stage at the head of a chain, null where a faulty graph has none. */
function rootOf(start: string, { stages, inputs }: Graph) {
  const seen = new Set<string>();
  for (let name: string | undefined = start; name !== undefined && !seen.has(name);) {
    seen.add(name);
    const stage = stages.get(name);
    if (stage?.kind === "generate") return { name, stage };
    name = inputs.get(name)?.[0];
  }
  return null;
}

function listOf(kinds: readonly StageKind[]): string {
  return kinds.length === 0 ? "no other stage" : kinds.join(" or ");
}
