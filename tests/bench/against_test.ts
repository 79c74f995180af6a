import assert from "node:assert/strict";
import { join } from "node:path";
import { checkOut } from "../../bench/_against.ts";

Deno.test("checkOut() lays a commit out beside the project and takes it away again", async () => {
  let path: string;
  {
    await using other = await checkOut("HEAD");
    path = other.path;
    const config = JSON.parse(await Deno.readTextFile(join(path, "deno.json")));
    assert.equal(config.name, "@sluice/sluice");
  }
  await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
});

Deno.test("checkOut() says what it found where there is no such commit", async () => {
  await assert.rejects(checkOut("no-such-commit"), {
    name: "InvalidInputError",
    message: /Cannot measure against "no-such-commit": expected a commit .*invalid reference/,
  });
});
