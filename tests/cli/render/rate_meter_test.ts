import assert from "node:assert/strict";
import { RateMeter } from "../../../cli/render/rate_meter.ts";

Deno.test("RateMeter knows no rate before two times", () => {
  const meter = new RateMeter();
  assert.equal(meter.rate, null);
  meter.record(1, 10);
  assert.equal(meter.rate, null);
  meter.record(1, 20);
  assert.equal(meter.rate, null);
});

Deno.test("RateMeter measures the last seconds, not the whole past", () => {
  const meter = new RateMeter();
  for (let second = 0; second <= 100; second++) meter.record(second, second);
  for (let second = 101; second <= 130; second++) meter.record(second, 100 + 10 * (second - 100));
  assert.equal(meter.rate, 10);
});

Deno.test("RateMeter begins again where the count falls", () => {
  const meter = new RateMeter();
  meter.record(0, 500);
  meter.record(1, 600);
  meter.record(2, 0);
  assert.equal(meter.rate, null);
  meter.record(4, 50);
  assert.equal(meter.rate, 25);
});
