/**
 * Sluice as a library: pipelines from a program, and environments, models, policies and kinds of stage
 * of your own. See `docs/extending.md`. Each part is also an entry of its own: `./pipelines`, `./sim`,
 * `./learn` and `./store`.
 *
 * @module
 */
// By itself, so that a module of yours can augment the interface by the name of the package.
export * from "./pipelines/declare/stage_kinds.ts";
export * from "./api/pipelines.ts";
export * from "./api/sim.ts";
export * from "./api/learn.ts";
export * from "./api/store.ts";
