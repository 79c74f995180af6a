import { fileURLToPath } from "node:url";
import { readEnvironmentPair } from "../../../runtime/prepare/environment_files.ts";

const FOLDER = fileURLToPath(new URL("../../../pipelines/shipped/open_drawer/", import.meta.url));

/** A URDF of primitives: a cabinet with a drawer, a handle that is fixed to it, and a door. */
export const CABINET_URDF = await Deno.readTextFile(`${FOLDER}cabinet.urdf`);

/** The example with a cabinet, of which an arm pulls the drawer open. */
export const DRAWER = await readEnvironmentPair(
  `${FOLDER}gym_config.yaml`,
  `${FOLDER}action_config.yaml`,
);

/** Its gym config, links in place of the URDF. */
export const DRAWER_GYM = JSON.parse(String(DRAWER.options["gym"]));
