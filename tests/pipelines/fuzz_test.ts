import assert from "node:assert/strict";
import { receiveMutation } from "./_mutated_declarations.ts";

/** A quarter of what `deno task bench fuzz` feeds: of so many, some are accepted. */
const MUTATIONS = 100;

Deno.test("parsePipeline() and compilePipeline() accept or refuse mutations cleanly", () => {
  let accepted = 0;
  for (let index = 0; index < MUTATIONS; index++) {
    const { text, accepted: isAccepted, unforeseen, wrongStatus } = receiveMutation(20, index);
    const right = { unforeseen: null, wrongStatus: null };
    assert.deepEqual({ unforeseen, wrongStatus }, right, `mutation ${index}:\n${text}`);
    if (isAccepted) accepted++;
  }
  assert.ok(accepted > 0 && accepted < MUTATIONS / 2, `accepted ${accepted}`);
});
