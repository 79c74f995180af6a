/**
 * Models: look them up, register your own, and sample a trained flow. What builds networks (tapes,
 * layers, ONNX graphs) is experimental: it may change in any version.
 *
 * @module
 */
import "../learn/mod.ts"; // registers the shipped models
export * from "../learn/public.ts";
export {
  type FlowSampleOptions,
  openFlow,
  type TrainedFlow,
} from "../runtime/data/trained_flow.ts";
