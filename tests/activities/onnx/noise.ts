import { createRandom } from "../../../core/random.ts";
import { fillNormal } from "../../../learn/mod.ts";

/** Prints the noise of the first predictions of an episode: seed, predictions and numbers of each. */

const [episode = 0, predictions = 0, size = 0] = Deno.args.map(Number);
const seed = createRandom(episode, "policy", 0).uint32();
const noise = Array.from({ length: predictions }, (_, prediction) => {
  const values = new Float32Array(size);
  fillNormal(createRandom(seed, "chunk", prediction), values);
  return [...values];
});
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(noise)));
