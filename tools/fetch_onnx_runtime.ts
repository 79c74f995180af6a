import { fetchOnnxRuntime, ONNX_RUNTIME } from "../learn/mod.ts";

await fetchOnnxRuntime({ onProgress: (message) => console.error(message) });
console.log(`${ONNX_RUNTIME} is there.`);
