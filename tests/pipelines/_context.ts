import { InvalidInputError } from "../../core/errors.ts";
import type { CompileContext } from "../../pipelines/mod.ts";

const BC_DEFAULTS = {
  steps: 50_000,
  batch: 64,
  lr: 1e-4,
  weightDecay: 1e-5,
  warmup: 500,
  clip: 1,
  hidden: [256, 256],
  dropout: 0,
};

/** A fixed context: identities in these tests depend on nothing that is installed. */
export const CONTEXT: CompileContext = {
  versions: { deno: "2.9.6", codec: "zstd-1" },
  environments: {
    reach: {
      codeVersion: 1,
      engine: { name: "mujoco", version: "3.14.0" },
      policies: ["scripted", "random"],
      maxSteps: 200,
      randomization: [
        { name: "light" },
        { name: "friction", range: [0.8, 1.2], bounds: [0.1, 10] },
      ],
      limits: ["jointVelocity"],
      views: ["scene"],
      isSpatial: true,
      stepBytes: 100,
      observationSize: 20,
      actionSize: 4,
    },
    "push-t": {
      codeVersion: 1,
      engine: { name: "rapier2d", version: "0.21.0" },
      policies: ["scripted", "random", "dmp", "planner"],
      maxSteps: 300,
      randomization: [{ name: "start_nearness", range: [0, 0.9], bounds: [0, 1] }],
      limits: [],
      views: ["scene"],
      isSpatial: true,
      configure: (options) => ({
        options: { scaleForcing: false, ...options },
        facts: { engine: { name: String(options["engine"]), version: "1" } },
      }),
      stepBytes: 100,
      observationSize: 5,
      actionSize: 2,
    },
    other: {
      codeVersion: 3,
      engine: { name: "rapier", version: "0.21.0" },
      policies: ["scripted"],
      maxSteps: 300,
      randomization: [],
      limits: [],
      views: ["scene"],
      isSpatial: true,
      configure(options) {
        for (const [name, value] of Object.entries(options)) {
          if (name === "engine" && (value === "rapier" || value === "exact")) continue;
          throw new InvalidInputError(`no option ${name} ${value}`);
        }
        const exact = options["engine"] === "exact";
        const engine = exact
          ? { name: "exact", version: "1" }
          : { name: "rapier", version: "0.21.0" };
        return { options: { engine: "rapier", ...options }, facts: { engine } };
      },
      stepBytes: 24,
      observationSize: 4,
      actionSize: 1,
    },
    pick_place: {
      codeVersion: 1,
      engine: { name: "mujoco", version: "3.14.0" },
      policies: ["scripted", "random"],
      maxSteps: 200,
      randomization: [
        { name: "light_direction" },
        { name: "friction", range: [0.8, 1.2], bounds: [0.1, 10] },
        { name: "object_yaw", range: [-0.6, 0.6], bounds: [-3, 3] },
      ],
      limits: ["jointVelocity"],
      views: ["scene"],
      isSpatial: true,
      stepBytes: 140,
      observationSize: 28,
      actionSize: 4,
    },
    quadruped: {
      codeVersion: 1,
      engine: { name: "mujoco", version: "3.14.0" },
      policies: ["scripted", "random"],
      maxSteps: 11_600,
      randomization: ["friction", "payload", "push", "initial_pose", "delay", "kick"].map((
        name,
      ) => (
        { name, range: [0, 1], bounds: [0, 100] }
      )),
      limits: ["tilt"],
      configure: (options) => ({
        options,
        facts: { engine: { name: "mujoco", version: "3.14.0" } },
      }),
      views: ["scene"],
      isSpatial: true,
      stepBytes: 300,
      observationSize: 51,
      actionSize: 12,
    },
  },
  models: {
    "path-policy": {
      codeVersion: 1,
      arithmetic: "fma",
      resolve: (hyperparameters) => ({ epochs: 100, encoding: "heading", ...hyperparameters }),
    },
    bc: {
      codeVersion: 1,
      arithmetic: "fma",
      resolve(hyperparameters) {
        if (hyperparameters["dropout"] === 7) throw new InvalidInputError("dropout is too high");
        return { ...BC_DEFAULTS, ...hyperparameters };
      },
    },
    chunk: {
      codeVersion: 1,
      arithmetic: "fma",
      resolve: (hyperparameters) => ({
        ...{ steps: 20_000, batch: 512, body: null, horizon: 8, nActionSteps: 4 },
        ...hyperparameters,
      }),
      window: "horizon",
    },
    "chunk-flow": {
      codeVersion: 1,
      arithmetic: "fma",
      resolve: (hyperparameters) => ({
        ...{ steps: 20_000, batch: 512, body: null, horizon: 8, nActionSteps: 4, noiseScale: 0.3 },
        ...hyperparameters,
      }),
      window: "horizon",
    },
    flow: {
      codeVersion: 1,
      arithmetic: "fma",
      roles: ["base", "consistent", "inconsistent"],
      resolve: (hyperparameters) => ({
        ...{ steps: 25_000, consistency: 0.5, plan: null, body: null },
        ...{ hiddenSize: 128, numFlowLayers: 4, oneStep: 0 },
        ...hyperparameters,
      }),
    },
  },
  stageCodeVersions: {
    generate: 1,
    validate: 1,
    filter: 1,
    merge: 1,
    train: 1,
    evaluate: 1,
    score: 1,
  },
  resolveExternal(path) {
    if (path.startsWith("missing")) throw new InvalidInputError(`Cannot open "${path}"`);
    return { path, digest: "d".repeat(64), environment: "reach" };
  },
};
