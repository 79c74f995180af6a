import { registerModel } from "./model.ts";
import { BC } from "./models/bc.ts";

/** The models that come with Sluice. A new one is a file in `models/` and a line here. */
for (const model of [BC]) registerModel(model);
