/**
 * Formats of others that a training writes and an evaluation reads: ONNX models, and TensorBoard's
 * event files. Both are protobufs, whose library is loaded only where they are used.
 */
export { exportOnnx } from "./onnx/export_onnx.ts";
export {
  describeValues,
  isOnnxType,
  ONNX_TYPES,
  type OnnxData,
  type OnnxModel,
  type OnnxTensor,
  type OnnxType,
  type OnnxValueInfo,
  type OpenModelOptions,
  openOnnxModel,
} from "./onnx/onnx_model.ts";
export { encodeEvents, type EncodeEventsOptions } from "./training/events.ts";
