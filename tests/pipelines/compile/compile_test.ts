import { generate } from "../../../pipelines/kinds/generate.ts";
import { train } from "../../../pipelines/kinds/train.ts";
import { evaluate } from "../../../pipelines/kinds/evaluate.ts";
import assert from "node:assert/strict";
import { InvalidInputError } from "../../../core/errors.ts";
import {
  applyOverrides,
  type CompileContext,
  compilePipeline,
  definePipeline,
  type EnvironmentFacts,
  evaluatePipeline,
  generatePipeline,
  hyperparametersOf,
  parametersOf,
  type PipelineDeclaration,
  type PipelinePlan,
  type StagePlan,
  trainPipeline,
} from "../../../pipelines/mod.ts";
import { PIPELINES } from "../../../pipelines/shipped/mod.ts";
import { CONTEXT } from "../_context.ts";

const EXPERT = PIPELINES.get("reach-expert")!.declaration;

function stageOf(plan: PipelinePlan, name: string): StagePlan {
  const stage = plan.stages.find((stage) => stage.name === name);
  assert.ok(stage, `no stage "${name}"`);
  return stage;
}

/** Names of the stages whose key or manifest key a change of declaration or context changes. */
function changedBy(
  declaration: PipelineDeclaration,
  context: CompileContext = CONTEXT,
  field: "key" | "manifestKey" = "key",
): readonly string[] {
  const before = compilePipeline(EXPERT, CONTEXT), after = compilePipeline(declaration, context);
  return after.stages
    .filter((stage) => stage[field] !== stageOf(before, stage.name)[field])
    .map((stage) => stage.name);
}

function set(...assignments: readonly string[]): PipelineDeclaration {
  return applyOverrides(EXPERT, { set: assignments });
}

const BEHIND_CHAIN = ["merge", "train", "evaluate"];
const ALL = ["generate", "validate", "filter", ...BEHIND_CHAIN];

Deno.test("compilePipeline() fills in the defaults of kind, model and environment", () => {
  const plan = compilePipeline(EXPERT, CONTEXT);
  assert.deepEqual(plan.stages.map(({ name }) => name), ALL);
  const generating = parametersOf(stageOf(plan, "generate"), generate);
  assert.equal(generating.maxSteps, 200);
  assert.equal(generating.actionNoise, 0);
  const training = parametersOf(stageOf(plan, "train"), train);
  assert.equal(training.weightDecay, 1e-5);
  assert.deepEqual(training.hidden, [256, 256]);
  assert.deepEqual(training.options, { dropout: 0 });
  assert.deepEqual(hyperparametersOf(stageOf(plan, "train")), {
    steps: 50_000,
    batch: 64,
    lr: 1e-4,
    weightDecay: 1e-5,
    warmup: 500,
    clip: 1,
    hidden: [256, 256],
    dropout: 0,
  });
  const evaluation = stageOf(plan, "evaluate");
  assert.equal(parametersOf(evaluation, evaluate).environment, "reach");
  assert.equal(evaluation.shards, 4);
  assert.throws(() => parametersOf(evaluation, train), TypeError);
});

Deno.test("compilePipeline() places stages in their chain", () => {
  const plan = compilePipeline(set("filter.maxAttempts=3"), CONTEXT);
  const places = ["generate", "validate", "filter"].map((name) => stageOf(plan, name).chain);
  const generate = stageOf(plan, "generate").directory;
  const common = { target: 1000, shard: 32, maxCandidates: 3000, generate, seed: plan.seed };
  assert.deepEqual(places, [
    { ...common, previous: null, next: "validate" },
    { ...common, previous: "generate", next: "filter" },
    { ...common, previous: "validate", next: null },
  ]);
  assert.equal(stageOf(plan, "merge").chain, undefined);
});

Deno.test("compilePipeline() gives a chain without checks no candidate to spare", () => {
  const { stages } = compilePipeline(
    definePipeline({
      name: "p",
      stages: { g: { kind: "generate", environment: "reach", episodes: 40 } },
    }),
    CONTEXT,
  );
  assert.equal(stages[0]?.chain?.maxCandidates, 40);
});

Deno.test("compilePipeline() keeps shards when only the number of episodes changes", () => {
  const more = applyOverrides(EXPERT, { episodes: 2000 });
  assert.deepEqual(changedBy(more), BEHIND_CHAIN);
  assert.deepEqual(changedBy(more, CONTEXT, "manifestKey"), ALL);
});

Deno.test("compilePipeline() re-runs no simulation when a check behind it changes", () => {
  const stricter = set("filter.requireSuccess=true");
  assert.deepEqual(changedBy(stricter), ["filter", ...BEHIND_CHAIN]);
  assert.deepEqual(changedBy(stricter, CONTEXT, "manifestKey"), ALL);
});

Deno.test("compilePipeline() keeps shards, and no dataset, when a chain may skip some of them", () => {
  const skips = set("generate.quarantine=skip"), fails = set("generate.quarantine=fail");
  assert.deepEqual(changedBy(skips), BEHIND_CHAIN);
  assert.deepEqual(changedBy(skips, CONTEXT, "manifestKey"), ALL);
  assert.deepEqual(changedBy(fails, CONTEXT, "manifestKey"), []);
  const inexact = compilePipeline(skips, CONTEXT).stages.filter(({ exact }) => exact === false);
  assert.deepEqual(inexact.map(({ name }) => name), BEHIND_CHAIN);
  const alone = generatePipeline({ environment: "reach", episodes: 64 });
  const { stages } = compilePipeline(
    applyOverrides(alone, { set: ["generate.quarantine=skip"] }),
    CONTEXT,
  );
  // Also without checks, another shard may take the place of one.
  assert.ok(stages[0]!.chain!.maxCandidates > 64);
});

Deno.test("compilePipeline() keeps identities when a parameter changes no byte", () => {
  for (const change of ["filter.maxAttempts=99", "train.checkpointEvery=7"]) {
    assert.deepEqual(changedBy(set(change), CONTEXT, "manifestKey"), [], change);
  }
});

Deno.test("compilePipeline() gives every other parameter a part in the key", () => {
  const cases: readonly [string, readonly string[]][] = [
    ["generate.shard=16", ALL],
    ["generate.maxSteps=100", ALL],
    ["generate.stream=other", ALL],
    ["merge.seed=1", BEHIND_CHAIN],
    ['merge.split={"train":1,"validation":0,"test":0}', BEHIND_CHAIN],
    ["train.validateEvery=10", ["train", "evaluate"]],
    ["train.options.dropout=0.1", ["train", "evaluate"]],
    ["evaluate.episodes=101", ["evaluate"]],
  ];
  for (const [change, stages] of cases) assert.deepEqual(changedBy(set(change)), stages, change);
});

Deno.test("compilePipeline() names in a key only the versions that matter to the stage", () => {
  const { reach } = CONTEXT.environments;
  const withEngine = {
    ...CONTEXT,
    environments: {
      ...CONTEXT.environments,
      reach: { ...reach!, engine: { name: "mujoco", version: "9.9.9" } },
    },
  };
  const train = trainPipeline({ dataset: "runs/a/0001" });
  const key = (context: CompileContext) => compilePipeline(train, context).stages[0]!.key;
  assert.equal(key(withEngine), key(CONTEXT));
  assert.deepEqual(changedBy(EXPERT, withEngine), ALL);
  assert.notEqual(
    key({ ...CONTEXT, versions: { ...CONTEXT.versions, deno: "3.0.0" } }),
    key(CONTEXT),
  );
  assert.equal(key({ ...CONTEXT, versions: { ...CONTEXT.versions, other: "1" } }), key(CONTEXT));
  const newTrainer = { ...CONTEXT.stageCodeVersions, train: 2 };
  assert.deepEqual(changedBy(EXPERT, { ...CONTEXT, stageCodeVersions: newTrainer }), [
    "train",
    "evaluate",
  ]);
});

Deno.test("compilePipeline() names in a key the digest of code that is not Sluice's", () => {
  const { reach } = CONTEXT.environments, { bc } = CONTEXT.models;
  const environments = {
    ...CONTEXT.environments,
    reach: { ...reach!, codeDigest: "e".repeat(64) },
  };
  assert.deepEqual(changedBy(EXPERT, { ...CONTEXT, environments }), ALL);
  const models = { bc: { ...bc!, codeDigest: "e".repeat(64) } };
  assert.deepEqual(changedBy(EXPERT, { ...CONTEXT, models }), ["train", "evaluate"]);
});

Deno.test("compilePipeline() knows a policy by its runtime too, and refuses other sizes", () => {
  const declaration = evaluatePipeline({ policy: "p", environment: "reach" });
  const compile = (found: Partial<ReturnType<CompileContext["resolveExternal"]>>) =>
    compilePipeline(declaration, {
      ...CONTEXT,
      resolveExternal: (path) => ({ path, digest: "d", ...found }),
    });
  const keys = [{}, { runtime: "a@1" }, { runtime: "a@2" }].map((found) =>
    stageOf(compile(found), "evaluate").key
  );
  assert.equal(new Set(keys).size, 3);
  compile({ observationSize: 20, actionSize: 4 });
  assert.throws(() => compile({ observationSize: 28, actionSize: 4 }), {
    name: "InvalidInputError",
    message: /observation of 20 numbers, as "reach" has, found a policy of 28.*wrong-size/,
  });
  assert.throws(() => compile({ actionSize: 2 }), /action of 4 numbers.*of 2/);
  const environments = { ...CONTEXT.environments, declared: CONTEXT.environments["reach"]! };
  assert.throws(
    () =>
      compilePipeline(evaluatePipeline({ policy: "p", environment: "declared" }), {
        ...{ ...CONTEXT, environments },
        resolveExternal: (path) => ({ path, digest: "d", observationSize: 34 }),
      }),
    /found a policy of 34: name the gymConfig that it was trained in/,
  );
});

Deno.test("compilePipeline() evaluates a stored policy in the environment that it was trained in, as chosen", () => {
  const stored = { environment: "other", options: { engine: "exact" } };
  const context: CompileContext = {
    ...CONTEXT,
    resolveExternal: (path) => ({ path, digest: "d", ...stored }),
  };
  const chosen = (declaration: PipelineDeclaration) =>
    stageOf(compilePipeline(declaration, context), "evaluate").parameters["options"];
  assert.deepEqual(chosen(evaluatePipeline({ policy: "p" })), { engine: "exact" });
  const rapier = { engine: "rapier" };
  assert.deepEqual(chosen(evaluatePipeline({ policy: "p", options: rapier })), rapier);
  assert.deepEqual(chosen(evaluatePipeline({ policy: "p", environment: "other" })), rapier);
  const declaration = definePipeline({
    name: "further",
    stages: {
      train: { kind: "train", dataset: "d", model: "bc" },
      evaluate: { kind: "evaluate", from: "train" },
    },
  });
  assert.deepEqual(chosen(declaration), { engine: "exact" });
});

Deno.test("compilePipeline() gives the options of an environment, and its engine, a part in the key", () => {
  const compile = (options?: Record<string, string | boolean>, context = CONTEXT) => {
    const parameters = { environment: "other", ...(options === undefined ? {} : { options }) };
    return stageOf(compilePipeline(generatePipeline(parameters), context), "generate");
  };
  const { key, parameters } = compile();
  assert.deepEqual(parameters["options"], { engine: "rapier" });
  assert.equal(compile({ engine: "rapier" }).key, key);
  assert.notEqual(compile({ engine: "exact" }).key, key);
  // The version of an engine matters to those that choose it.
  const { other } = CONTEXT.environments;
  const configure: EnvironmentFacts["configure"] = (options) => {
    const found = other!.configure!(options);
    const engine = found.facts.engine!;
    const version = engine.name === "exact" ? "2" : engine.version;
    return { ...found, facts: { engine: { ...engine, version } } };
  };
  const raised = {
    ...CONTEXT,
    environments: { ...CONTEXT.environments, other: { ...other!, configure } },
  };
  assert.equal(compile({}, raised).key, key);
  assert.notEqual(compile({ engine: "exact" }, raised).key, compile({ engine: "exact" }).key);
  assert.throws(() => compile({ engine: "none" }), /generate\.options.*no option engine none/s);
  const onReach = generatePipeline({ environment: "reach", options: { engine: "exact" } });
  assert.throws(() => compilePipeline(onReach, CONTEXT), /there is no "engine" to set/);
});

Deno.test("compilePipeline() knows stored inputs by digest, not by path", () => {
  function planOf(dataset: string, digest: string): PipelinePlan {
    return compilePipeline(trainPipeline({ dataset }), {
      ...CONTEXT,
      resolveExternal: (path) => ({ path, digest }),
    });
  }
  const first = planOf("runs/a/0001", "1"), moved = planOf("runs/b/0007", "1");
  assert.equal(first.digest, moved.digest);
  assert.equal(first.stages[0]!.key, moved.stages[0]!.key);
  assert.deepEqual(moved.stages[0]!.external, [
    { parameter: "dataset", path: "runs/b/0007", digest: "1" },
  ]);
  assert.notEqual(planOf("runs/a/0001", "2").digest, first.digest);
});

Deno.test("compilePipeline() gives stages that share stream and parameters one directory", () => {
  const generate = { kind: "generate", environment: "reach", stream: "shared" } as const;
  const { stages } = compilePipeline(
    definePipeline({
      name: "p",
      stages: {
        a: generate,
        b: { ...generate, episodes: 7 },
        validate: { kind: "validate", from: "b" },
        merge: { kind: "merge", from: ["a", "validate"] },
      },
    }),
    CONTEXT,
  );
  assert.equal(stages[0]!.directory, stages[1]!.directory);
  assert.notEqual(stages[0]!.commit, stages[1]!.commit);
});

Deno.test("compilePipeline() gives the same plan whatever order the stages are declared in", () => {
  const reversed = Object.fromEntries(Object.entries(EXPERT.stages).reverse());
  assert.deepEqual(
    compilePipeline({ ...EXPERT, stages: reversed }, CONTEXT),
    compilePipeline(EXPERT, CONTEXT),
  );
});

Deno.test("compilePipeline() makes a plan that survives JSON", () => {
  for (const { declaration } of PIPELINES.values()) {
    const plan = compilePipeline(declaration, CONTEXT);
    assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan);
  }
});

Deno.test("compilePipeline() names what is not registered", () => {
  const cases: readonly [PipelineDeclaration, RegExp][] = [
    [set("generate.environment=raech"), /no environment "raech": did you mean "reach"\?/],
    [set("generate.policy=scriptd"), /no policy "scriptd": did you mean "scripted"\?/],
    [set("generate.randomize.frictoin=true"), /frictoin.*did you mean "friction"\?/],
    [set("generate.randomize.light=[0,1]"), /light: it takes no range, found \[0, 1\]: write true/],
    [set("generate.randomize.friction=[0,1]"), /expected a range within \[0\.1, 10\]/],
    [set("generate.maxSteps=500"), /expected at most 200, the environment's limit, found 500/],
    [set("filter.limits.velocity=1"), /no "velocity" to set: choose one of jointVelocity/],
    [set("train.model=bd"), /no model "bd": did you mean "bc"\?/],
    [set("train.options.dropuot=1"), /did you mean "dropout"\?/],
    [set("train.options.dropout=7"), /stages\.train: dropout is too high/],
    [set("evaluate.environment=constructor"), /no environment "constructor"/],
    [trainPipeline({ dataset: "missing" }), /Cannot open "missing"/],
  ];
  for (const [declaration, message] of cases) {
    assert.throws(() => compilePipeline(declaration, CONTEXT), (error) => {
      assert.ok(error instanceof InvalidInputError);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("one-stage pipelines compile to the stage that was asked for", () => {
  const kinds = (declaration: PipelineDeclaration) =>
    compilePipeline(declaration, CONTEXT).stages.map(({ kind }) => kind);
  assert.deepEqual(kinds(generatePipeline({ environment: "reach", policy: "random" })), [
    "generate",
    "validate",
    "merge",
  ]);
  assert.deepEqual(kinds(trainPipeline({ dataset: "d", initFrom: "p" })), ["train"]);
  assert.deepEqual(kinds(evaluatePipeline({ policy: "p" })), ["evaluate"]);
});
