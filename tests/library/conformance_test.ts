import { getEnvironment } from "@sluice/sluice";
import { testConformance } from "../sim/_conformance.ts";
import "./point_mass.ts";

/** An environment of other code keeps the promises of those that come with Sluice. */
testConformance(getEnvironment("point-mass"), {
  golden: {
    codeVersion: 1,
    digest: "fda69c1f1b0fa3d3acd85290dac863a8c4621f3eb0d3280268493e0107870d8a",
  },
  module: import.meta.resolve("./point_mass.ts"),
});
