import golden from "../golden.json" with { type: "json" };
import { type GoldenEpisodes, testConformance } from "../_conformance.ts";
import { getEnvironment } from "../../../sim/mod.ts";
import { LIFT_ACTIONS, LIFT_GYM } from "./_lift.ts";

const goldens: Readonly<Record<string, GoldenEpisodes | undefined>> = golden;

const options = { gym: JSON.stringify(LIFT_GYM), actions: JSON.stringify(LIFT_ACTIONS) };
testConformance(getEnvironment("declared", options), {
  golden: goldens["declared"],
  options,
  title: "declared (a lift)",
});
