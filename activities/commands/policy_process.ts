import { z } from "zod";
import { type FieldSpec, rowSize } from "../../core/episode.ts";
import { messageOf, ProgramError } from "../../core/errors.ts";
import { encodeJson, FRAME, type Frame, PROTOCOL } from "../../core/frame.ts";
import { SLUICE_VERSION } from "../../core/version.ts";
import { visibleText } from "../../core/visible_text.ts";
import { CAMERAS } from "../../pipelines/kinds/cameras.ts";
import {
  type BatchPolicy,
  type BatchRequest,
  cameraFields,
  type CameraSpec,
  type EnvironmentDefinition,
} from "../../sim/mod.ts";
import { FrameChannel } from "./frame_channel.ts";
import { encodePolicyRequest, type PolicySizes } from "./policy_request.ts";
import { ProgramGroup } from "./program_group.ts";
import type { CommandPolicy } from "./registered_commands.ts";

/** Seconds, where the registration says nothing. */
const START_SECONDS = 120, ACT_SECONDS = 60;

/** Episodes that are asked together, where the registration says nothing. */
const WORLDS = 32;

/** Time that a program may take to end by itself once it has nothing more to read (ms). */
const END_PATIENCE_MS = 2000;

/**
 * Linear algebra on one thread: each thread of a worker has a program of its own, and batches are
 * small. Threads that wait for each other cost an MLP two thirds of its rate on a busy machine.
 */
const ONE_THREAD = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };

const WELCOME = z.looseObject({ protocol: z.literal(PROTOCOL) });

const ERROR = z.looseObject({ name: z.string(), message: z.string() });

/** A line that a program wrote, for the log of the run. */
export type OnLine = (line: string, source: "stdout" | "stderr") => void;

/** A program that acts: started, greeted and asked for actions until it is closed. */
export class PolicyProcess implements BatchPolicy {
  readonly worlds: number;
  readonly cameras?: readonly CameraSpec[];
  /** Destination of its output; another task may take the process over. */
  onLine: OnLine;
  readonly #policy: CommandPolicy;
  readonly #group: ProgramGroup;
  readonly #channel: FrameChannel;
  readonly #sizes: PolicySizes;
  /** Episodes that have ended since the program was asked last. */
  readonly #ended: number[] = [];
  /**
   * Number of the first episode of a rollout, which tells its episodes from those of earlier
   * rollouts.
   */
  #first = 0;
  #last = -1;
  #isBroken = false;
  /** The last line of its standard error: what an interpreter says when it ends. */
  #lastError = "";

  private constructor(
    policy: CommandPolicy,
    group: ProgramGroup,
    { sizes, cameras, onLine }: {
      readonly sizes: PolicySizes;
      readonly cameras: readonly CameraSpec[];
      readonly onLine: OnLine;
    },
  ) {
    this.#policy = policy;
    this.#group = group;
    this.#channel = new FrameChannel(group.frames!); // start() asks for them
    this.#sizes = sizes;
    this.onLine = onLine;
    this.worlds = policy.worlds ?? WORLDS;
    if (cameras.length > 0) this.cameras = cameras;
  }

  /**
   * Starts the program of a policy and greets it.
   *
   * @throws {MissingToolError} If there is no such program
   * @throws {ProgramError} If it ends, is silent or speaks nonsense
   */
  static async start(
    policy: CommandPolicy,
    environment: EnvironmentDefinition,
    onLine: OnLine,
  ): Promise<PolicyProcess> {
    const started: { process?: PolicyProcess } = {};
    const group = await ProgramGroup.start(policy, {
      hasFrames: true,
      environment: { SLUICE_FDS: "3,4", PYTHONUNBUFFERED: "1" },
      defaults: ONE_THREAD,
      onLine: (line, source) => started.process?.hear(line, source),
    });
    const { observation, action } = environment;
    const cameras = policy.cameras === undefined ? [] : CAMERAS.parse(policy.cameras);
    const process = started.process = new PolicyProcess(policy, group, {
      sizes: {
        observation: observation.reduce((sum, { shape }) => sum + rowSize(shape), 0),
        action: rowSize(action.shape),
        images: cameraFields(cameras),
      },
      cameras,
      onLine,
    });
    const hello = encodeJson(helloOf(environment, process.worlds, process.#sizes.images));
    const seconds = policy.startSeconds ?? START_SECONDS;
    const answer = await process.#ask(FRAME.hello, hello, { seconds, expected: FRAME.welcome });
    if (!WELCOME.safeParse(parseJson(answer)).success) {
      throw await process.#failure(`protocol ${PROTOCOL}`, "another");
    }
    return process;
  }

  /** Whether it can be asked nothing more. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Begins a rollout, whose episodes are numbered from 0. */
  begin(): void {
    for (let episode = this.#first; episode <= this.#last; episode++) this.#ended.push(episode);
    this.#first = this.#last + 1;
  }

  async act(requests: readonly BatchRequest[]): Promise<readonly Float32Array[]> {
    const { action } = this.#sizes, seconds = this.#policy.actSeconds ?? ACT_SECONDS;
    const first = this.#first, ended = this.#ended.splice(0);
    for (const { episode } of requests) this.#last = Math.max(this.#last, first + episode);
    const question = encodePolicyRequest(requests, { sizes: this.#sizes, first, ended });
    const { payload } = await this.#ask(FRAME.policyAct, question, {
      seconds,
      expected: FRAME.policyAct,
    });
    const count = requests.length, bytes = 8 + 4 * count * action;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    const found = payload.length >= 8 ? [view.getUint32(0, true), view.getUint32(4, true)] : [];
    if (payload.length !== bytes || found[0] !== count || found[1] !== action) {
      throw await this.#failure(`actions of shape [${count}, ${action}]`, `[${found.join(", ")}]`);
    }
    const values = new Float32Array(payload.buffer, payload.byteOffset + 8, count * action);
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) throw await this.#failure("finite numbers", String(values[wrong]));
    return requests.map((_, i) => values.slice(i * action, (i + 1) * action));
  }

  end(episode: number): void {
    this.#ended.push(this.#first + episode);
  }

  /** Hears a line that the program wrote. */
  hear(line: string, source: "stdout" | "stderr"): void {
    if (source === "stderr" && line.trim() !== "") this.#lastError = line.trim();
    this.onLine(line, source);
  }

  /** Lets the program end by itself, and else ends it. */
  async close(): Promise<void> {
    this.#isBroken = true;
    this.#channel.close();
    await this.#endsWithin(END_PATIENCE_MS);
    this.#group.kill();
    await this.#group.ended;
  }

  async #ask(
    type: number,
    payload: Uint8Array,
    { seconds, expected }: { readonly seconds: number; readonly expected: number },
  ): Promise<Frame> {
    const late = setTimeout(
      () => this.#channel.abandon(new Error(`none within ${seconds} s`)),
      seconds * 1000,
    );
    let answer: Frame;
    try {
      answer = await this.#channel.ask(type, payload);
    } catch (error) {
      throw await this.#failure("an answer", messageOf(error));
    } finally {
      clearTimeout(late);
    }
    if (answer.type === expected) return answer;
    const told = ERROR.safeParse(answer.type === FRAME.error ? parseJson(answer) : null);
    if (!told.success) throw await this.#failure("an answer", `a frame of type ${answer.type}`);
    const { name, message } = told.data;
    throw await this.#failure("an answer", `${name}: ${message}`);
  }

  /** Ends the program and says what was wrong with it. */
  async #failure(expected: string, found: string): Promise<ProgramError> {
    this.#isBroken = true;
    const ended = await this.#endsWithin(END_PATIENCE_MS);
    this.#group.kill();
    const { status, signal } = await this.#group.ended;
    const end = ended ? signal ?? `status ${status}` : null;
    const last = this.#lastError === ""
      ? ""
      : `, the last line of its standard error "${visibleText(this.#lastError).slice(0, 300)}"`;
    return new ProgramError(
      `Cannot use the policy command "${this.#policy.name}": expected ${expected}, found ` +
        `${visibleText(found).slice(0, 1000)}${end === null ? "" : `; it ended with ${end}`}` +
        `${last}: see "deno task logs" for what it wrote`,
    );
  }

  async #endsWithin(ms: number): Promise<boolean> {
    let patience;
    const late = new Promise<false>((resolve) => patience = setTimeout(() => resolve(false), ms));
    const ended = await Promise.race([this.#group.ended.then(() => true), late]);
    clearTimeout(patience);
    return ended;
  }
}

/** Returns the description of the environment for the program. */
function helloOf(
  environment: EnvironmentDefinition,
  worlds: number,
  images: readonly FieldSpec[],
) {
  const { name, chosen, controlHz, maxSteps, observation, action } = environment;
  return {
    protocol: PROTOCOL,
    version: SLUICE_VERSION,
    role: "policy",
    environment: { name, options: chosen ?? {}, controlHz, maxSteps, observation, images, action },
    worlds,
  };
}

function parseJson({ payload }: Frame): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return null;
  }
}
