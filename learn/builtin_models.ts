import { listModels, registerModel } from "./model.ts";
import { BC } from "./models/bc.ts";
import { CHUNK, CHUNK_FLOW } from "./models/chunk_flow/mod.ts";
import { FLOW } from "./models/flow.ts";
import { PATH_POLICY } from "./models/path_policy.ts";

/** The models that come with Sluice. A new one is a file in `models/` and a line here. */
for (const model of [BC, FLOW, PATH_POLICY, CHUNK_FLOW, CHUNK]) registerModel(model);

const builtin: ReadonlySet<string> = new Set(listModels().map(({ name }) => name));

/** Whether a model comes with Sluice, and is not code of its user. */
export function isBuiltinModel(name: string): boolean {
  return builtin.has(name);
}
