import { listEnvironments } from "../../sim/mod.ts";
import golden from "./golden.json" with { type: "json" };
import { type GoldenEpisodes, testConformance } from "./_conformance.ts";

const goldens: Readonly<Record<string, GoldenEpisodes | undefined>> = golden;

for (const environment of listEnvironments()) {
  testConformance(environment, { golden: goldens[environment.name] });
}
