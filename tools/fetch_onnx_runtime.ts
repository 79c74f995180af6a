import { defineCommand } from "../cli/kit/flags.ts";
import { noteLine, printLine } from "../cli/kit/output.ts";
import { runCommand } from "../cli/kit/run_command.ts";
import { fetchOnnxRuntime, ONNX_RUNTIME } from "../learn/mod.ts";

const ONNXRUNTIME = defineCommand({
  name: "onnxruntime",
  summary: "Downloads ONNX Runtime, which runs .onnx files, before its first use.",
  description: "It lies in node_modules/.onnxruntime, which may be copied to machines without a " +
    "network.",
  arguments: {},
  flags: {},
  examples: [["deno task onnxruntime", "while there is a network"]],
});

await runCommand(ONNXRUNTIME, async () => {
  await fetchOnnxRuntime({ onProgress: noteLine });
  printLine(`${ONNX_RUNTIME} is there.`);
  return 0;
});
