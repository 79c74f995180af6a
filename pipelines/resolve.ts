import type { z } from "zod";
import type { JsonValue } from "../core/canonical.ts";
import { InvalidInputError } from "../core/errors.ts";
import { suggestName } from "../core/suggest.ts";
import type { CompileContext, EnvironmentFacts, ModelFacts, ResolvedExternal } from "./compile.ts";
import { errorOf, type Finding } from "./findings.ts";
import { inputsOf, type PipelineDeclaration, type StageDeclaration } from "./graph.ts";
import type { ExternalInput, StageKind } from "./plan.ts";
import { HYPERPARAMETERS, STAGES } from "./stages.ts";

/** A stage with the defaults of its kind, and of its model and environment, filled in. */
export type ResolvedStage = { [Kind in StageKind]: z.output<typeof STAGES[Kind]> }[StageKind];

/** A stored input with what is known of it. */
export type Stored = ExternalInput & ResolvedExternal;

/** One stage, resolved, with what its names stand for. */
export interface Resolution {
  readonly stage: ResolvedStage;
  readonly external: readonly Stored[];
  /** Environment that the stage's episodes come from or run in, null where nothing says. */
  readonly environment: string | null;
}

type Randomize = z.output<typeof STAGES["generate"]>["randomize"];

/** Parameters that name stored things. */
const STORED = ["dataset", "initFrom", "policy"] as const;

/**
 * Fills in every default and looks every name up.
 *
 * @param order Stages after their inputs
 * @throws {InvalidInputError} If an environment, policy, model, option or stored input is unknown
 */
export function resolveStages(
  declaration: PipelineDeclaration,
  order: readonly string[],
  context: CompileContext,
): ReadonlyMap<string, Resolution> {
  const resolutions = new Map<string, Resolution>();
  const findings: Finding[] = [];
  for (const name of order) {
    const input = inputsOf(declaration.stages[name]!)[0];
    const inherited = input === undefined ? null : resolutions.get(input)?.environment ?? null;
    const resolver = new Resolver(name, context, findings);
    resolutions.set(name, resolver.resolve(declaration.stages[name]!, inherited));
  }
  if (findings.length > 0) throw errorOf(declaration.name, findings);
  return resolutions;
}

/** Resolves one stage; collects what is wrong, so that one message can name all of it. */
class Resolver {
  readonly #name: string;
  readonly #context: CompileContext;
  readonly #findings: Finding[];

  constructor(name: string, context: CompileContext, findings: Finding[]) {
    this.#name = name;
    this.#context = context;
    this.#findings = findings;
  }

  resolve(declared: StageDeclaration, inherited: string | null): Resolution {
    const stage = this.#withDefaults(declared);
    const external = this.#stored(stage);
    const known = inherited ?? external.find(({ environment }) => environment)?.environment ?? null;
    switch (stage.kind) {
      case "generate":
        return {
          stage: this.#simulated(stage, stage.environment),
          external,
          environment: stage.environment,
        };
      case "evaluate":
        return this.#evaluated(stage, external, known);
      case "filter":
        this.#checkNames(
          "limits",
          Object.keys(stage.limits),
          known === null ? [] : this.#facts(known)?.limits ?? [],
        );
        return { stage, external, environment: known };
      default:
        return { stage, external, environment: known };
    }
  }

  /** Defaults of the kind; for train, the hyperparameters of its model too. */
  #withDefaults(declared: StageDeclaration): ResolvedStage {
    const stage = STAGES[declared.kind].parse(declared);
    if (stage.kind !== "train") return stage;
    const model = this.#lookUp("unknown-model", "model", stage.model, this.#context.models);
    if (model === null) return stage;
    const named = Object.entries(stage).flatMap(([key, value]) =>
      HYPERPARAMETERS.includes(key) && value !== undefined ? [[key, value] as const] : []
    );
    const known = Object.keys(model.resolve({}));
    this.#checkNames(null, named.map(([key]) => key), known);
    this.#checkNames("options", Object.keys(stage.options), known);
    if (this.#findings.length > 0) return stage;
    const resolved = this.#modelled(model, { ...stage.options, ...Object.fromEntries(named) });
    const isOption = ([key]: readonly [string, unknown]) => !HYPERPARAMETERS.includes(key);
    const options = Object.fromEntries(resolved.filter(isOption));
    const common = Object.fromEntries(resolved.filter((entry) => !isOption(entry)));
    return { ...stage, ...common, options };
  }

  /** Hyperparameters as their model resolves them; what it refuses becomes a finding. */
  #modelled(model: ModelFacts, hyperparameters: Readonly<Record<string, JsonValue>>) {
    try {
      return Object.entries(model.resolve(hyperparameters));
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      const path = ["stages", this.#name];
      this.#findings.push({
        check: "wrong-value",
        path,
        problem: error.message,
        remedy: "correct it",
      });
      return [];
    }
  }

  #evaluated(
    stage: z.output<typeof STAGES["evaluate"]>,
    external: readonly Stored[],
    inherited: string | null,
  ): Resolution {
    const environment = stage.environment ?? inherited;
    if (environment === null) {
      this.#findings.push({
        check: "unknown-environment",
        path: ["stages", this.#name],
        problem: "nothing says in which environment to evaluate",
        remedy: `add environment: ${Object.keys(this.#context.environments).join(" or ")}`,
      });
      return { stage, external, environment };
    }
    return {
      stage: this.#simulated({ ...stage, environment }, environment),
      external,
      environment,
    };
  }

  /** Checks what a stage asks of an environment, and takes its length of an episode. */
  #simulated<Stage extends z.output<typeof STAGES["generate" | "evaluate"]>>(
    stage: Stage,
    environment: string,
  ): Stage {
    const facts = this.#facts(environment);
    if (facts === null) return stage;
    if (stage.kind === "generate" && !facts.policies.includes(stage.policy)) {
      this.#findings.push({
        check: "unknown-policy",
        path: ["stages", this.#name, "policy"],
        problem: `environment "${environment}" has no policy "${stage.policy}"`,
        remedy: suggestName(stage.policy, facts.policies),
      });
    }
    this.#checkRandomization(stage.randomize, facts);
    const maxSteps = stage.maxSteps ?? facts.maxSteps;
    if (maxSteps > facts.maxSteps) {
      this.#findings.push({
        check: "out-of-range",
        path: ["stages", this.#name, "maxSteps"],
        problem:
          `expected at most ${facts.maxSteps}, the limit of "${environment}", found ${maxSteps}`,
        remedy: "lower it",
      });
    }
    return { ...stage, maxSteps };
  }

  #checkRandomization(randomize: Randomize, { randomization }: EnvironmentFacts): void {
    if (typeof randomize === "boolean") return;
    this.#checkNames("randomize", Object.keys(randomize), randomization.map(({ name }) => name));
    for (const { name, range, bounds } of randomization) {
      const wanted = Object.hasOwn(randomize, name) ? randomize[name] : undefined;
      if (!Array.isArray(wanted)) continue;
      const [low, high] = wanted;
      const path = ["stages", this.#name, "randomize", name];
      if (range === undefined) {
        const problem = `"${name}" has no range, found [${low}, ${high}]`;
        this.#findings.push({ check: "wrong-type", path, problem, remedy: "write true or false" });
      } else if (bounds !== undefined && (low < bounds[0] || high > bounds[1])) {
        const problem = `expected a range within [${bounds.join(", ")}], found [${low}, ${high}]`;
        this.#findings.push({ check: "out-of-range", path, problem, remedy: "narrow it" });
      }
    }
  }

  #stored(stage: ResolvedStage): readonly Stored[] {
    return STORED.flatMap((parameter) => {
      const path = Object.entries(stage).find(([key]) => key === parameter)?.[1];
      if (typeof path !== "string" || (parameter === "policy" && stage.kind === "generate")) {
        return [];
      }
      return [{ parameter, ...this.#context.resolveExternal(path, parameter) }];
    });
  }

  #facts(environment: string): EnvironmentFacts | null {
    const { environments } = this.#context;
    return this.#lookUp("unknown-environment", "environment", environment, environments);
  }

  #lookUp<T>(
    check: Finding["check"],
    parameter: string,
    name: string,
    known: Readonly<Record<string, T>>,
  ): T | null {
    if (Object.hasOwn(known, name)) return known[name]!;
    this.#findings.push({
      check,
      path: ["stages", this.#name, parameter],
      problem: `there is no ${parameter} "${name}"`,
      remedy: suggestName(name, Object.keys(known)),
    });
    return null;
  }

  #checkNames(parameter: string | null, names: readonly string[], known: readonly string[]): void {
    for (const name of names.filter((name) => !known.includes(name))) {
      this.#findings.push({
        check: "unknown-option",
        path: ["stages", this.#name, ...(parameter === null ? [] : [parameter]), name],
        problem: `there is no "${name}" to set`,
        remedy: suggestName(name, known),
      });
    }
  }
}
