import process from "node:process";
import { createRandom } from "../core/random.ts";
import { type CameraSpec, getEnvironment, hasCameras } from "../sim/mod.ts";
import { pickPlaceScene } from "../sim/arm/pick_place/pick_place_scene.ts";
import { pythonEnvironment } from "../tools/python_env.ts";
import { type BenchmarkOptions, type Figure, runPeer, takeTurns } from "./_figures.ts";

/** Images/s of one core, by processor time: other work on the machine does not count. */

const ROUNDS = 3, IMAGES = 60;
/** Bars for images of 128 × 128 px, with shadows and without (images per second). */
const BARS = { shadows: 150, plain: 300 } as const;

const CAMERA: CameraSpec = {
  width: 128,
  height: 128,
  image: true,
  depth: false,
  segmentation: false,
  shadows: true,
};

export async function measureCameras({ seed }: BenchmarkOptions): Promise<readonly Figure[]> {
  const environment = getEnvironment("pick_place");
  using world = await environment.create();
  if (!hasCameras(world)) throw new TypeError("Cannot measure cameras: the world has none");
  world.configure({});
  world.reset(createRandom(seed, "bench/start", 0));
  const imagesPerSecond = (camera: CameraSpec) => {
    const start = process.cpuUsage();
    for (let image = 0; image < IMAGES; image++) world.capture(camera);
    const { user, system } = process.cpuUsage(start);
    return IMAGES / ((user + system) / 1e6);
  };
  const { python } = await pythonEnvironment("bench");
  const scene = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    await Deno.writeTextFile(scene, pickPlaceScene(environment.physicsTimestep));
    const measured = await takeTurns(ROUNDS, {
      shadows: () => imagesPerSecond(CAMERA),
      plain: () => imagesPerSecond({ ...CAMERA, shadows: false }),
      everything: () => imagesPerSecond({ ...CAMERA, depth: true, segmentation: true }),
      peer: async () =>
        python === null ? NaN : await runPeer<number>(python, "rays.py", [scene, "128"]),
    });
    return figuresOf(measured);
  } finally {
    await Deno.remove(scene);
  }
}

/** Images/s as figures. @param measured `peer` NaN if there is no Python to ask */
function figuresOf(
  { shadows, plain, everything, peer }: Readonly<
    Record<"shadows" | "plain" | "everything" | "peer", number>
  >,
): readonly Figure[] {
  const beside = Number.isNaN(peer)
    ? {}
    : { peer: { name: "mj_multiRay in Python, casting alone", value: peer } };
  const name = (what: string) => `pick_place 128 × 128, ${what}`, unit = "images/s";
  return [
    {
      id: "cameras.shadows",
      name: name("shadows"),
      unit,
      value: shadows,
      ...beside,
      bar: { of: "value", least: BARS.shadows },
    },
    {
      id: "cameras.plain",
      name: name("no shadows"),
      unit,
      value: plain,
      bar: { of: "value", least: BARS.plain },
    },
    {
      id: "cameras.everything",
      name: name("shadows, depth, segmentation"),
      unit,
      value: everything,
    },
  ];
}
