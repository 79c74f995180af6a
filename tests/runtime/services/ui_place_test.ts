import assert from "node:assert/strict";
import { describeUi } from "../../../runtime/services/ui_place.ts";

Deno.test("describeUi() says what serves a UI of our own where nothing does", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const ui = `http://127.0.0.1:${listener.addr.port}/namespaces/default/workflows/w`;
  assert.equal(await describeUi(ui, true), ui);
  listener.close();
  assert.equal(await describeUi(ui, true), `${ui} while "deno task up" runs`);
  assert.equal(await describeUi(ui, false), ui); // served by others, perhaps not to this machine
  assert.equal(await describeUi(null, true), null);
});
