import assert from "node:assert/strict";
import {
  describeCondition,
  describeFailure,
  type GateVerdict,
  holds,
  parseGateCondition,
} from "../../pipelines/gate_condition.ts";

Deno.test("parseGateCondition() takes conditions apart, however they are spaced", () => {
  const expected = { metric: "success_rate", operator: ">=", bound: 0.95 };
  for (const text of ["success_rate >= 0.95", "success_rate>=.95", "  success_rate  >=  95e-2 "]) {
    assert.deepEqual(parseGateCondition(text), { condition: expected, fault: null });
  }
  assert.deepEqual(parseGateCondition("falls < -1").condition, {
    metric: "falls",
    operator: "<",
    bound: -1,
  });
});

Deno.test("parseGateCondition() says what it expects of anything else", () => {
  for (
    const text of ["", "success_rate", "success_rate = 1", ">= 1", "a >= b", "a >= 1 2", "a >= NaN"]
  ) {
    assert.match(parseGateCondition(text).fault ?? "", /expected METRIC >= NUMBER/, text);
  }
});

Deno.test("holds() lets no figure pass that is no number", () => {
  assert.ok(holds(0.95, { operator: ">=", bound: 0.95 }));
  assert.ok(!holds(0.95, { operator: ">", bound: 0.95 }));
  assert.ok(holds(3, { operator: "<=", bound: 3 }) && !holds(3, { operator: "<", bound: 3 }));
  for (const operator of [">=", "<=", ">", "<"] as const) {
    assert.ok(!holds(NaN, { operator, bound: 0 }));
  }
});

Deno.test("describeFailure() says what failed by how much", () => {
  const verdict: GateVerdict = {
    input: 0,
    metric: "success_rate",
    operator: ">=",
    bound: 0.95,
    found: 0.91,
    holds: false,
    reference: null,
    interval: null,
  };
  const from = ["evaluate"];
  assert.equal(
    describeFailure(verdict, { from }),
    'expected success_rate of "evaluate" >= 0.95, found 0.91 (0.04 too low)',
  );
  assert.equal(
    describeCondition({ ...verdict, reference: 0.97 }, { from, against: "reach-expert/3" }),
    'success_rate of "evaluate" >= 0.95 (that of reach-expert/3 is 0.97, margin 0.02)',
  );
});
