import { suggestName } from "../../core/suggest.ts";
import type { Finding } from "../findings.ts";
import { generate } from "./generate.ts";
import type { DeclaredSite } from "./kind.ts";

/** Checks of the inputs of a merge. */

/** Expects `splitByInput` to name every input, and nothing else. */
export function checkSplits(
  { name, stage, inputs }: DeclaredSite<{ readonly splitByInput?: object | undefined }>,
): readonly Finding[] {
  if (stage.splitByInput === undefined) return [];
  const split = Object.keys(stage.splitByInput), path = ["stages", name, "splitByInput"];
  return [
    ...inputs.filter((input) => !split.includes(input)).map((input) => ({
      check: "missing-input" as const,
      path,
      problem: `it does not mention input "${input}"`,
      remedy: "add it",
    })),
    ...split.filter((input) => !inputs.includes(input)).map((input) => ({
      check: "unknown-input" as const,
      path: [...path, input],
      problem: `the stage has no input "${input}"`,
      remedy: suggestName(input, inputs),
    })),
  ];
}

/** A merge's parameters that decide its splits, as declared: defaults are open. */
interface Holding {
  readonly splitByInput?: object | undefined;
  readonly holdout?: { readonly validation?: number; readonly test?: number } | undefined;
}

/** Expects a merge that holds episodes out to have others to train on. */
export function checkHoldout(
  { name, stage, inputs, headOf }: DeclaredSite<Holding>,
): readonly Finding[] {
  if (stage.holdout === undefined) return [];
  const path = ["stages", name, "holdout"];
  if (stage.splitByInput !== undefined) {
    const problem = "expected holdout or splitByInput, found both";
    return [{ check: "two-sources", path, problem, remedy: "remove one" }];
  }
  const { validation = 0, test = 0 } = stage.holdout;
  const heads = inputs.flatMap((input) => headOf(input) ?? []);
  if (heads.length < inputs.length) return []; // and told of already
  const episodes = heads.reduce(
    (sum, { stage }) => sum + generate.schema.shape.episodes.parse(stage["episodes"]),
    0,
  );
  if (validation + test < episodes) return [];
  return [{
    check: "out-of-range",
    path,
    problem: `expected less than the ${episodes} episodes of the data, found ${validation + test}`,
    remedy: "hold fewer out, or generate more",
  }];
}

/** The datasets of two environments have different columns and cannot be merged. */
export function checkEnvironments({ name, inputs, headOf }: DeclaredSite): readonly Finding[] {
  const environments = new Set(
    inputs.flatMap((input) => headOf(input)?.stage["environment"] ?? []),
  );
  if (environments.size < 2) return [];
  return [{
    check: "mixed-environments",
    path: ["stages", name, "from"],
    problem: `expected episodes of one environment, found ${[...environments].join(", ")}`,
    remedy: "declare one merge stage for each environment",
  }];
}
