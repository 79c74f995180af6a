import { tracingModules } from "../runtime/watch/tracing.ts";

await tracingModules((message) => console.error(message));
console.log("The packages for traces are there.");
