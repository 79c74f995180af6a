import assert from "node:assert/strict";
import { CRASH_JOBS } from "./_jobs.ts";
import { trialOf } from "./_trial.ts";
import { KILLED, VICTIMS } from "./_victims.ts";

Deno.test("trialOf() strikes every victim in every stage once, and every stage early", () => {
  for (const [name, job] of Object.entries(CRASH_JOBS)) {
    const stages = Object.keys(job.moments).length;
    for (const victims of [KILLED, VICTIMS]) {
      const pairs = Array.from({ length: stages * victims.length }, (_, index) => {
        const { victim, stage } = trialOf(1, index, { job, victims });
        return `${victim} in ${stage}`;
      });
      assert.equal(new Set(pairs).size, pairs.length, name);
      const first = pairs.slice(0, stages).map((pair) => pair.split(" in ")[1]);
      assert.equal(new Set(first).size, stages, name);
    }
  }
});
