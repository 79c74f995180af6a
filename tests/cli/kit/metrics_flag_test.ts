import assert from "node:assert/strict";
import { checkMetrics } from "../../../cli/kit/metrics_flag.ts";
import { InvalidInputError } from "../../../core/errors.ts";

Deno.test("checkMetrics() refuses what is no address, and ports that are taken", async () => {
  for (
    const text of ["", "9464", "localhost", "localhost:0", "localhost:70000", "a b:1", "::1:9"]
  ) {
    await assert.rejects(checkMetrics(text), InvalidInputError, text);
  }
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr; // of a listener on TCP
  await assert.rejects(checkMetrics(`127.0.0.1:${port}`), /cannot be listened on: choose another/);
  await checkMetrics(undefined);
});
