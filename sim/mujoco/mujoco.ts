import loadModule, {
  type DoubleBuffer,
  type MainModule,
  type MjData,
  type MjModel,
} from "@mujoco/mujoco";
import type { Engine } from "../world/engine.ts";
import {
  type DataArray,
  type ModelArray,
  type ModelColours,
  type ModelIndices,
  type MujocoObject,
  OBJECT_TYPES,
} from "./names.ts";

/** The engine, as keys name it; the version is pinned in deno.json and compared when it loads. */
export const MUJOCO: Engine = { name: "mujoco", version: "3.14.0" };

let loading: Promise<MainModule> | undefined;

/** The WebAssembly module, loaded once per thread: that takes 0.1 s and 60 MB. */
export function loadMujoco(): Promise<MainModule> {
  return loading ??= loadModule().then((module) => {
    const found = module.mj_versionString();
    if (found !== MUJOCO.version) {
      throw new Error(
        `Cannot use MuJoCo: expected version ${MUJOCO.version}, found ${found}: run "deno install"`,
      );
    }
    return module;
  });
}

/** One place where two bodies press on each other. */
export interface ContactForce {
  readonly bodies: readonly [number, number];
  /** Normal force (N). */
  readonly force: number;
}

/** Hits of rays. */
export interface RayHits {
  /** `[n]` index of the geom, −1 if nothing was hit. */
  readonly geom: Int32Array;
  /** `[n]` in lengths of the ray's vector, −1 if nothing was hit. */
  readonly distance: Float64Array;
  /** `[n · 3]` outward unit normal in world coordinates. */
  readonly normal: Float64Array;
}

/**
 * A compiled MJCF model with one state. Owns memory of the WebAssembly heap: dispose of it.
 *
 * Arrays that it returns are views of that heap. They follow the simulation, but die when the heap
 * grows, so take one where it is used and never keep it over a call.
 */
export class MujocoScene implements Disposable {
  readonly #mujoco: MainModule;
  readonly #nominal: MjModel;
  readonly #data: MjData;
  readonly #stateFlags: number;
  readonly #views = new Map<DataArray, Float64Array>();
  readonly #resources: { delete(): void }[];
  readonly #state: DoubleBuffer;
  readonly #positionJacobian: DoubleBuffer;
  readonly #rotationJacobian: DoubleBuffer;
  /** Simulated model: a copy of the nominal one, which may be varied. */
  #model: MjModel;

  /**
   * @param mjcf The model as XML
   * @param files What it names as files, by name
   * @throws {Error} If MuJoCo refuses it; the message is MuJoCo's
   */
  static async compile(
    mjcf: string,
    files: Readonly<Record<string, Uint8Array>> = {},
  ): Promise<MujocoScene> {
    const mujoco = await loadMujoco();
    const folder = new mujoco.MjVFS();
    try {
      for (const [name, bytes] of Object.entries(files)) folder.addBuffer(name, bytes);
      return new MujocoScene(mujoco, mujoco.MjModel.from_xml_string(mjcf, folder));
    } finally {
      folder.delete();
    }
  }

  /** @param model The scene owns it from now on */
  constructor(mujoco: MainModule, model: MjModel) {
    this.#mujoco = mujoco;
    this.#nominal = model;
    this.#model = new mujoco.MjModel(model);
    this.#data = new mujoco.MjData(model);
    // FULLPHYSICS alone lacks the solver's warm start and the controls: the next step would differ.
    this.#stateFlags = mujoco.mjtState.mjSTATE_INTEGRATION.value;
    this.stateSize = mujoco.mj_stateSize(model, this.#stateFlags);
    this.#state = new mujoco.DoubleBuffer(this.stateSize);
    this.#positionJacobian = new mujoco.DoubleBuffer(3 * model.nv);
    this.#rotationJacobian = new mujoco.DoubleBuffer(3 * model.nv);
    this.#resources = [
      this.#state,
      this.#positionJacobian,
      this.#rotationJacobian,
      this.#data,
      this.#nominal,
    ];
  }

  /** Scalars of {@linkcode snapshot}. */
  readonly stateSize: number;

  /** Degrees of freedom. */
  get dofs(): number {
    return this.#nominal.nv;
  }

  /** Seconds simulated since the last reset. */
  get time(): number {
    return this.#data.time;
  }

  /** Geoms of the model. */
  get geoms(): number {
    return this.#nominal.ngeom;
  }

  /** Bodies of the model, with the world, which is the first. */
  get bodies(): number {
    return this.#nominal.nbody;
  }

  /** Equality constraints of the model. */
  get equalities(): number {
    return this.#nominal.neq;
  }

  /** A live view of an array of the state. */
  data(name: DataArray): Float64Array {
    const view = this.#views.get(name);
    // A view of a heap that grew has length 0.
    if (view !== undefined && view.length > 0) return view;
    const found: Float64Array = this.#data[name]; // the package types every array as any
    this.#views.set(name, found);
    return found;
  }

  /** A live view of an array of the model, to be written right after {@linkcode resetModel}. */
  model(name: ModelArray): Float64Array;
  model(name: ModelColours): Float32Array;
  model(name: ModelIndices): Int32Array;
  model(name: ModelArray | ModelColours | ModelIndices) {
    return this.#model[name];
  }

  /** @throws {RangeError} If the model has no object of the name */
  id(type: MujocoObject, name: string): number {
    const value = this.#mujoco.mjtObj[OBJECT_TYPES[type]].value;
    const id = this.#mujoco.mj_name2id(this.#nominal, value, name);
    if (id < 0) throw new RangeError(`Cannot find ${type} "${name}" in the model`);
    return id;
  }

  /** Returns the name of an object of the model; nothing if it has none. */
  name(type: MujocoObject, id: number): string {
    return this.#mujoco.mj_id2name(
      this.#nominal,
      this.#mujoco.mjtObj[OBJECT_TYPES[type]].value,
      id,
    );
  }

  /**
   * Makes the model nominal again, by a new copy, so that nothing of an earlier variation is left.
   * It costs 10 µs.
   */
  resetModel(): void {
    this.#model.delete();
    this.#model = new this.#mujoco.MjModel(this.#nominal);
  }

  /** Derives what depends on masses and inertias, after they were varied. */
  deriveConstants(): void {
    this.#mujoco.mj_setConst(this.#model, this.#data);
  }

  /** The model's own start state; nothing of what was simulated before is left. */
  resetState(): void {
    this.#mujoco.mj_resetData(this.#model, this.#data);
  }

  /** Positions of everything, and what Jacobians need, from the joint positions. */
  updateKinematics(): void {
    this.#mujoco.mj_kinematics(this.#model, this.#data);
    this.#mujoco.mj_comPos(this.#model, this.#data);
    this.#mujoco.mj_camlight(this.#model, this.#data);
  }

  /**
   * Computes forces and accelerations of the current state, which {@linkcode contactForces} and
   * {@linkcode inertia} read. The next step is the same as without it.
   */
  updateForces(): void {
    // The solver begins from the last solution: what it finds here must not become the next one's.
    const warmStart = this.#data.qacc_warmstart.slice();
    this.#mujoco.mj_forward(this.#model, this.#data);
    this.#mujoco.mj_rnePostConstraint(this.#model, this.#data);
    this.#data.qacc_warmstart.set(warmStart);
  }

  /** Normal forces in N of every contact, after {@linkcode updateForces}. */
  contactForces(): readonly ContactForce[] {
    const contacts = this.#data.contact, bodies = this.model("geom_bodyid");
    const force = new this.#mujoco.DoubleBuffer(6);
    try {
      return Array.from({ length: contacts.size() }, (_, i) => {
        using contact = contacts.get(i)!; // one of as many
        this.#mujoco.mj_contactForce(this.#model, this.#data, i, force);
        const [normal] = viewOf(force);
        return { bodies: [bodies[contact.geom1]!, bodies[contact.geom2]!], force: normal! };
      });
    } finally {
      force.delete();
    }
  }

  /**
   * Returns the readings of an inertial measurement unit at a body's origin, after {@linkcode
   * updateForces}.
   *
   * @returns `[6]` acceleration without gravity's (m/s²: 9.81 upwards at rest), angular velocity
   *   (rad/s), both along the body's axes
   */
  inertia(body: number): readonly number[] {
    const { value: type } = this.#mujoco.mjtObj.mjOBJ_XBODY;
    const motion = new this.#mujoco.DoubleBuffer(6);
    try {
      this.#mujoco.mj_objectAcceleration(this.#model, this.#data, type, body, motion, 1);
      const acceleration = viewOf(motion).slice(3);
      this.#mujoco.mj_objectVelocity(this.#model, this.#data, type, body, motion, 1);
      return [...acceleration, ...viewOf(motion).slice(0, 3)];
    } finally {
      motion.delete();
    }
  }

  /**
   * Advances physics by some timesteps. Positions lag by one until {@linkcode updateKinematics}.
   */
  advance(steps: number): void {
    for (let step = 0; step < steps; step++) this.#mujoco.mj_step(this.#model, this.#data);
  }

  /** `[stateSize]` everything that the next step depends on, but for the model. */
  snapshot(): Float64Array {
    this.#mujoco.mj_getState(this.#model, this.#data, this.#state, this.#stateFlags);
    return viewOf(this.#state).slice();
  }

  /**
   * Returns to a state and updates positions.
   *
   * @throws {RangeError} If the state has another length
   */
  restore(state: Float64Array): void {
    if (state.length !== this.stateSize) {
      throw new RangeError(
        `Cannot restore a state: expected ${this.stateSize} numbers, found ${state.length}`,
      );
    }
    this.resetState();
    this.#mujoco.mj_setState(
      this.#model,
      this.#data,
      state as unknown as number[], // copied at once; only the declaration wants an Array
      this.#stateFlags,
    );
    this.updateKinematics();
  }

  /**
   * Jacobian of a site's position and rotation, after {@linkcode updateKinematics}.
   *
   * @returns Two views `[3, dofs]`, row-major: of the position in m/rad, of the rotation
   */
  siteJacobian(site: number): readonly [position: Float64Array, rotation: Float64Array] {
    const position = this.#positionJacobian, rotation = this.#rotationJacobian;
    this.#mujoco.mj_jacSite(this.#model, this.#data, position, rotation, site);
    return [position.GetView(), rotation.GetView()];
  }

  /**
   * Finds where rays from one point first meet a geom.
   *
   * @param origin `[3]` m
   * @param vectors `[n · 3]` directions, of any length
   */
  castRays(origin: ArrayLike<number>, vectors: Float64Array): RayHits {
    const count = vectors.length / 3;
    const geom = new this.#mujoco.IntBuffer(count);
    const distance = new this.#mujoco.DoubleBuffer(count);
    const normal = new this.#mujoco.DoubleBuffer(3 * count);
    try {
      this.#mujoco.mj_multiRay(
        this.#model,
        this.#data,
        Array.from(origin),
        vectors as unknown as number[], // as in restore()
        ALL_GROUPS,
        true,
        -1,
        geom,
        distance,
        normal,
        count,
        Infinity,
      );
      const geoms: Int32Array = geom.GetView(); // the package types views as any
      return {
        geom: geoms.slice(),
        distance: viewOf(distance).slice(),
        normal: viewOf(normal).slice(),
      };
    } finally {
      for (const buffer of [geom, distance, normal]) buffer.delete();
    }
  }

  [Symbol.dispose](): void {
    this.#model.delete();
    for (const resource of this.#resources) resource.delete();
  }
}

/** Rays see geoms of every visual group (mjNGROUP = 6). */
const ALL_GROUPS = [1, 1, 1, 1, 1, 1];

/** A live view of a buffer in the engine's memory. */
function viewOf(buffer: DoubleBuffer): Float64Array {
  return buffer.GetView(); // the package types it as any
}
