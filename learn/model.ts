import type { z } from "zod";
import type { JsonValue } from "../core/canonical.ts";
import type { SavedPolicy } from "../core/episode.ts";
import type { PolicyFunction } from "./policy.ts";

/** Hyperparameters by name, JSON. */
export type ModelParameters = Readonly<Record<string, JsonValue>>;

/** A family of models. A new one is a file that calls {@linkcode registerModel}. */
export interface ModelDefinition {
  readonly name: string;
  /** Raised whenever the same inputs train to other bytes. */
  readonly codeVersion: number;
  readonly description: string;
  /** Every hyperparameter with its default, range and description. */
  readonly parameters: z.ZodObject;
  /** The forward pass as a function. See `createPolicy()`. */
  createPolicy(saved: SavedPolicy): PolicyFunction;
}

/** Makes a model known by its name. */
export function registerModel(_definition: ModelDefinition): void {
  throw new Error("Cannot register a model: not there yet");
}

/** @throws {InvalidInputError} If there is no such model; the message lists those there are */
export function getModel(_name: string): ModelDefinition {
  throw new Error("Cannot find a model: not there yet");
}

/** Every registered model, in order of registration. */
export function listModels(): readonly ModelDefinition[] {
  throw new Error("Cannot list models: not there yet");
}

/** Hyperparameters of a model with nothing declared. */
export function defaultParameters(_definition: ModelDefinition): ModelParameters {
  throw new Error("Cannot read defaults: not there yet");
}

/**
 * Hyperparameters with defaults filled in. What names no parameter of the model is refused.
 *
 * @throws {InvalidInputError} If one is unknown or out of range; the message names it
 */
export function resolveParameters(
  _definition: ModelDefinition,
  _parameters: ModelParameters,
): ModelParameters {
  throw new Error("Cannot resolve parameters: not there yet");
}
