import assert from "node:assert/strict";
import { junitText } from "../../../runtime/run/junit.ts";

Deno.test("junitText() counts cases, and escapes what XML would read otherwise", () => {
  const text = junitText({ pipeline: "arm", run: 3, seconds: 1.5 }, [
    { group: "arm", name: "evaluate", seconds: 1.25, outcome: null },
    {
      group: "arm.gate",
      name: 'success_rate of "evaluate" >= 0.95',
      seconds: 0,
      outcome: { element: "failure", type: "GateFailedError", message: "found <0.9> & \u0001\n" },
    },
    {
      group: "arm",
      name: "later",
      seconds: 0,
      outcome: { element: "skipped", message: "not run" },
    },
  ]);
  assert.match(text, /<testsuite name="arm\/3" tests="3" failures="1" errors="0" skipped="1"/);
  assert.match(text, /<testcase classname="arm" name="evaluate" time="1.250"\/>/);
  assert.match(text, /name="success_rate of &quot;evaluate&quot; &gt;= 0.95"/);
  assert.match(text, /message="found &lt;0.9&gt; &amp; \ufffd&#10;" type="GateFailedError"/);
});
