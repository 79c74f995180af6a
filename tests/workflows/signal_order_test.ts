import assert from "node:assert/strict";
import { SignalOrder } from "../../workflows/signal_order.ts";

Deno.test("SignalOrder.send() waits until what was sent before has arrived, or failed", async () => {
  const order = new SignalOrder(), sent: string[] = [];
  const first = Promise.withResolvers<void>();
  const pause = order.send(async () => {
    await first.promise;
    sent.push("pause");
    throw new Error("the child has ended");
  });
  const resume = order.send(() => Promise.resolve(sent.push("resume")));
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(sent, []);
  first.resolve();
  await assert.rejects(pause, { message: "the child has ended" });
  await resume;
  assert.deepEqual(sent, ["pause", "resume"]);
});
