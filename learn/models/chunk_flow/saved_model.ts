import type { JsonValue } from "../../../core/canonical.ts";
import type { SavedPolicy } from "../../../core/episode.ts";
import { parseConfig } from "../../model.ts";
import { type Normalization, savedNormalization } from "../../normalization.ts";
import { type ChunkConfig, CONFIG } from "./config.ts";
import { featuresOf } from "./features.ts";
import type { ChunkFeatures } from "./chunk_features.ts";
import { TIME_WIDTH } from "./flow_matching.ts";
import type { ResidualMlp } from "./network.ts";

/** Parts of a saved chunk model. */
export interface SavedChunkModel {
  readonly config: ChunkConfig;
  readonly features: ChunkFeatures;
  readonly mlp: ResidualMlp;
  /** Normalisation of features, and of actions. */
  readonly state: Normalization;
  readonly action: Normalization;
}

/** @throws {InvalidInputError} If the configuration or a normalisation does not fit */
export function openSavedModel(saved: SavedPolicy): SavedChunkModel {
  const config = parseConfig(saved.model, CONFIG, saved.config);
  const action = savedNormalization(saved, "action", config.action.width);
  const features = featuresOf(config, action);
  const state = savedNormalization(saved, "state", features.width);
  return { config, features, mlp: mlpOf(config, features.width), state, action };
}

/** The network of a configuration. */
export function networkOf(model: string, json: JsonValue): ResidualMlp {
  const config = parseConfig(model, CONFIG, json);
  // How wide features are does not depend on how actions are scaled.
  const none = { mean: new Float32Array(), scale: new Float32Array() };
  return mlpOf(config, featuresOf(config, none).width);
}

function mlpOf(
  { horizon, hidden, flow, action }: ChunkConfig,
  width: number,
): ResidualMlp {
  const outputs = horizon * action.width;
  return { inputs: width + (flow === null ? 0 : outputs + TIME_WIDTH), hidden, outputs };
}

/** Deviations beyond which a feature says no more: rare states must not be worse than unknown. */
export const LARGEST_FEATURE = 5;

/** Features as a network takes them. */
export function normalizeState(
  { mean, scale }: Normalization,
  encoded: ArrayLike<number>,
  out: Float32Array | Float64Array,
): void {
  for (let i = 0; i < out.length; i++) {
    const value = (encoded[i]! - mean[i]!) / scale[i]!;
    out[i] = Math.min(LARGEST_FEATURE, Math.max(-LARGEST_FEATURE, value));
  }
}
