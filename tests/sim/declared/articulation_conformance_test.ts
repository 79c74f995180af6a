import golden from "../golden.json" with { type: "json" };
import { type GoldenEpisodes, testConformance } from "../_conformance.ts";
import { getEnvironment } from "../../../sim/mod.ts";
import { DRAWER } from "./_drawer.ts";

const goldens: Readonly<Record<string, GoldenEpisodes | undefined>> = golden;

testConformance(getEnvironment("declared", DRAWER.options), {
  golden: goldens["declared_articulation"],
  options: DRAWER.options,
  title: "declared (a drawer)",
});
