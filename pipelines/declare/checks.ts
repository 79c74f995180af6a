import { type Graph, headOf } from "./checked_graph.ts";
import type { Finding } from "../findings.ts";
import { inputsOf, type PipelineDeclaration, stagesOf } from "./graph.ts";
import { INPUT_CHECKS } from "./input_checks.ts";
import { kindOf } from "../kinds/mod.ts";
import { expandDeclaration } from "../variants/expand.ts";
import { type Expansion, MAX_EXPANDED } from "../variants/expansion.ts";
import { atOrigin } from "../variants/origins.ts";
import { checkShape, MAX_STAGES, type ShapeResult } from "./shape.ts";

/** Everything that is wrong with types, ranges and graph of what claims to be a declaration. */
export function checkPipeline(value: unknown): readonly Finding[] {
  return checkExpanded(expandDeclaration(value)).findings;
}

/** Checks types, ranges and graph, and first the variants. */
export function checkExpanded(
  { value, findings: variants, originOf, variants: { size } }: Expansion,
): ShapeResult {
  if (variants.length > 0) {
    return { declaration: { name: "", stages: {} }, unread: new Set(), findings: variants };
  }
  const most = size === 0 ? MAX_STAGES : MAX_EXPANDED;
  const { declaration, unread, findings } = checkShape(value, most);
  const all = [...findings, ...checkGraph(declaration, unread, most)];
  return { declaration, unread, findings: atOrigin(all, originOf) };
}

/**
 * Checks the graph of a declaration.
 *
 * @param declaration What `checkShape()` has left of it
 * @param unread Names of stages that it could not read
 * @param most Stages that it may have
 */
export function checkGraph(
  declaration: PipelineDeclaration,
  unread: ReadonlySet<string> = new Set(),
  most = MAX_STAGES,
): readonly Finding[] {
  const stages = stagesOf(declaration);
  const inputs = new Map([...stages].map(([name, stage]) => [name, inputsOf(stage)]));
  const graph = { stages, inputs, unread };
  const size = checkSize(graph, most);
  if (size.length > 0) return size;
  const findings = INPUT_CHECKS.flatMap((check) => check(graph));
  const faulty = new Set(findings.map(({ path }) => path[1]));
  // Where an input is misspelt or unread, the stage that is meant would seem to be of no use.
  const orphans = faulty.size + unread.size > 0 ? [] : checkOrphans(graph);
  // Checks of meaning would tell of a wrong input once more, under another name.
  const sound = [...stages.keys()].filter((name) => !faulty.has(name));
  const meaning = sound.flatMap((name) => checkMeaning(name, sound, graph));
  return [...findings, ...orphans, ...meaning];
}

/** Runs the checks of a stage's kind on its inputs. */
function checkMeaning(name: string, sound: readonly string[], graph: Graph): readonly Finding[] {
  const stages = new Map(sound.map((name) => [name, graph.stages.get(name)!]));
  const stage = stages.get(name)!;
  return kindOf(stage).checks?.({
    name,
    stage,
    inputs: graph.inputs.get(name)!,
    stages,
    headOf: (input) => headOf(input, { ...graph, stages }),
  }) ?? [];
}

function checkSize({ stages, unread }: Graph, most: number): readonly Finding[] {
  const size = stages.size + unread.size;
  if (size === 0) {
    return [{
      check: "empty-pipeline",
      path: ["stages"],
      problem: "the pipeline has no stages",
      remedy: "declare at least one, e.g. generate: { kind: generate, environment: reach }",
    }];
  }
  if (size <= most) return [];
  return [{
    check: "too-many-stages",
    path: ["stages"],
    problem: `expected at most ${most} stages, found ${size}`,
    remedy: "split the pipeline",
  }];
}

/** A pipeline that ends with its chains keeps them; once it has a result, each stage must serve it. */
function checkOrphans({ stages, inputs }: Graph): readonly Finding[] {
  if (![...stages.values()].some((stage) => kindOf(stage).isResult)) return [];
  const used = new Set([...inputs.values()].flat());
  return [...stages]
    .filter(([name, stage]) => !kindOf(stage).isResult && !used.has(name))
    .map(([name]) => ({
      check: "orphan" as const,
      path: ["stages", name],
      problem: `nothing uses the output of stage "${name}"`,
      remedy: "name it in the from of another stage, or remove it",
    }));
}
