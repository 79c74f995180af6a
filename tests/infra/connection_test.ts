import assert from "node:assert/strict";
import { connect } from "../../infra/temporal/connection.ts";
import { causeIn } from "../../infra/temporal/connection_fault.ts";

Deno.test("connect() says in words that nothing answers", () =>
  assert.rejects(
    connect({ address: "127.0.0.1:1", namespace: "default", ui: null, own: false }, 0),
    {
      name: "MissingToolError",
      message: 'Cannot reach the Temporal server at "127.0.0.1:1": expected an answer, found ' +
        '"Connection refused": check TEMPORAL_ADDRESS, or unset it to use the data directory\'s own ' +
        "server",
    },
  ));

Deno.test("causeIn() keeps a message in which it finds none", () => {
  const dns = 'Error(ConnectError("dns error", Custom { error: "failed to lookup address" }))';
  assert.equal(causeIn(dns), "failed to lookup address");
  assert.equal(causeIn("transport is closed"), "transport is closed");
});
