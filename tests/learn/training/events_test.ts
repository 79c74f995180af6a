import assert from "node:assert/strict";
import { encodeEvents } from "../../../learn/foreign.ts";
import { pythonEnvironment, runPython } from "../../../tools/python_env.ts";

/** Made by `events.py` beside it. */
const GOLDEN = new URL("../../golden/learn/events.hex", import.meta.url);

Deno.test("encodeEvents() writes what TensorBoard's own writer writes", async () => {
  const rows = [
    { step: 100, loss: 0.5, validationLoss: null, learningRate: 0.25 },
    { step: 200, loss: 0.25, validationLoss: 0.125, learningRate: 0.0625 },
  ];
  const found = encodeEvents(rows, { wallTime: 1_700_000_000.5 });
  assert.equal(found.toHex(), (await Deno.readTextFile(GOLDEN)).trim());
});

/** Every scalar of a directory of event files, as TensorBoard itself reads them. */
const READ = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1])
events.Reload()
tags = events.Tags()["scalars"]
print(json.dumps({tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in tags}))
`;

const { python, reason } = await pythonEnvironment("tensorboard");

Deno.test({
  name: `TensorBoard reads what encodeEvents() writes${reason ? ` (skipped: ${reason})` : ""}`,
  ignore: python === null,
  fn: async () => {
    const directory = await Deno.makeTempDir({ prefix: "sluice-events-" });
    try {
      const rows = [
        { step: 100, loss: 0.5, validationLoss: null, learningRate: 0.25 },
        {
          step: 200,
          loss: 0.25,
          validationLoss: 0.125,
          validationTerms: { likelihood: -16, forward: 1.5 },
          learningRate: 0.0625,
        },
      ];
      const file = `${directory}/events.out.tfevents.0.sluice`;
      await Deno.writeFile(file, encodeEvents(rows, { wallTime: 1_700_000_000.5 }));
      assert.deepEqual(JSON.parse(await runPython(python!, READ, [directory])), {
        loss: [[100, 0.5], [200, 0.25]],
        learning_rate: [[100, 0.25], [200, 0.0625]],
        validation_loss: [[200, 0.125]],
        "validation/likelihood": [[200, -16]],
        "validation/forward": [[200, 1.5]],
      });
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
