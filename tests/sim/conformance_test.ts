import { getEnvironment, listEnvironments } from "../../sim/mod.ts";
import golden from "./golden.json" with { type: "json" };
import { type GoldenEpisodes, testConformance } from "./_conformance.ts";
import { movesBlock } from "./_push_t.ts";

const goldens: Readonly<Record<string, GoldenEpisodes | undefined>> = golden;

for (const environment of listEnvironments()) {
  testConformance(environment, {
    golden: goldens[environment.name],
    ...(environment.name === "push-t" ? { solved: movesBlock } : {}),
  });
}

const options = { engine: "chipmunk" };
testConformance(getEnvironment("push-t", options), {
  golden: goldens["push-t chipmunk"],
  options,
  solved: movesBlock,
});
