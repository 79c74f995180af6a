import type { SavedPolicy } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { aligned, FRAME, HEADER_BYTES, writeHeader } from "../../core/frame.ts";
import { createRandom } from "../../core/random.ts";
import { createPolicy, policySizes } from "../../learn/mod.ts";
import { rollout } from "../../pipelines/kinds/shared_fields.ts";
import { type EnvironmentDefinition, getEnvironment, type PolicyFunction } from "../../sim/mod.ts";
import { loadPolicy, readCommit } from "../../store/mod.ts";
import { resolveArtifact } from "../data/artifacts.ts";
import { LEAST_BYTES } from "./layout.ts";
import type { PolicyHello } from "./hello.ts";
import { readReset, readRows } from "./requests.ts";

/** Stored facts about the environment in which a policy was made. */
type Made = Pick<EnvironmentDefinition, "name" | "observation">;

/** A stored policy that a client asks, one for each world: policies may have a memory. */
export class ServedPolicy implements Disposable {
  readonly #policies: readonly PolicyFunction[];
  readonly #observationSize: number;
  readonly #actionSize: number;
  /** The environment of its dataset; null where that is not stored. */
  readonly #made: Made | null;
  /** Frame of the last answer, its header included. */
  readonly frame: ArrayBuffer;

  /** @throws {InvalidInputError} If nothing of the name is stored, or it is no policy */
  static async open({ storedPolicy, root, worlds = 1 }: PolicyHello): Promise<ServedPolicy> {
    const { directory } = await resolveArtifact(root, storedPolicy, "model");
    const saved = await loadPolicy(directory);
    const { environment, options } = (await readCommit(directory))?.attributes ?? {};
    const chosen = rollout.options.safeParse(options).data;
    const made = typeof environment === "string" ? getEnvironment(environment, chosen) : null;
    return new ServedPolicy(saved, worlds, made);
  }

  private constructor(saved: SavedPolicy, worlds: number, made: Made | null) {
    const { observationSize, actionSize } = policySizes(saved);
    this.#policies = Array.from({ length: worlds }, () => createPolicy(saved));
    this.#observationSize = observationSize;
    this.#actionSize = actionSize;
    this.#made = made;
    const largest = Math.max(LEAST_BYTES, 4 * actionSize * worlds);
    this.frame = new ArrayBuffer(HEADER_BYTES + aligned(largest));
  }

  /** Returns its description for the client. */
  describe(): Readonly<Record<string, unknown>> {
    return {
      observationSize: this.#observationSize,
      actionSize: this.#actionSize,
      environment: this.#made?.name ?? null,
      observation: this.#made?.observation ?? null,
    };
  }

  /** Answers a request: `reset` begins episodes, `act` gives the actions to observations. */
  answer(type: number, payload: Uint8Array): number {
    switch (type) {
      case FRAME.reset:
        for (const { world, origin, candidate } of readReset(payload, this.#policies.length)) {
          const { seed, stream } = origin ?? { seed: 0, stream: "gymnasium" };
          const random = createRandom(seed, `${stream}/policy`, candidate ?? 0);
          this.#policies[world]!.begin?.(random); // readReset() has compared
        }
        return this.#seal(type, 0);
      case FRAME.act:
        return this.#act(type, payload);
      default:
        throw new InvalidInputError(
          `Cannot answer a frame of type ${type}: expected reset or act, as of a policy`,
        );
    }
  }

  [Symbol.dispose](): void {}

  #act(type: number, payload: Uint8Array): number {
    const worlds = this.#policies.length, size = this.#observationSize;
    const seen = readRows(payload, { verb: "ask the policy", what: "observation", worlds, size });
    const actions = new Float32Array(this.frame, HEADER_BYTES, worlds * this.#actionSize);
    this.#policies.forEach((policy, world) => {
      const observation = seen.slice(world * size, (world + 1) * size);
      actions.set(policy(observation), world * this.#actionSize);
    });
    return this.#seal(type, actions.byteLength);
  }

  #seal(type: number, length: number): number {
    writeHeader(this.frame, { length, type });
    return HEADER_BYTES + length;
  }
}
