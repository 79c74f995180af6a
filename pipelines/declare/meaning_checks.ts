import { suggestName } from "../../core/suggest.ts";
import { type Graph, type GraphCheck, rootOf } from "./checked_graph.ts";
import type { Finding } from "./findings.ts";
import { STAGES } from "./stages.ts";

/** That what stages ask of their inputs can be had. For stages whose inputs are in order. */
export const MEANING_CHECKS: readonly GraphCheck[] = [
  checkEnvironments,
  checkSplits,
  checkScores,
  checkHoldouts,
];

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
