/**
 * Environments and policies: look them up, register your own, and look at their episodes.
 *
 * @module
 */
import "../sim/mod.ts"; // registers the shipped environments
export * from "../sim/public.ts";
export { createRandom, type RandomGenerator } from "../core/random.ts";
