import { z } from "zod";
import { InvalidInputError } from "../../core/errors.ts";
import { describeIssue, findingsError, showValue, valueAt } from "../../core/findings.ts";
import { PROTOCOL } from "../../core/frame.ts";
import { CAMERAS } from "../../pipelines/kinds/cameras.ts";
import { rollout } from "../../pipelines/kinds/shared_fields.ts";
import config from "../../deno.json" with { type: "json" };

/** Reads the first message of a client, see docs/python_protocol.md. */

/** Worlds of a client, and threads that step them. */
const MOST_WORLDS = 4096, MOST_THREADS = 256;

const pixels = z.int().min(8).max(2048);

const HELLO = z.strictObject({
  protocol: z.literal(PROTOCOL),
  version: z.string(),
  /** Name of a registered environment; absent where a gym config declares it. */
  environment: z.string().optional(),
  options: rollout.options,
  /** Paths. */
  gymConfig: z.string().optional(),
  actionConfig: z.string().optional(),
  /** Paths of modules that register environments and policies. */
  modules: z.array(z.string()).optional(),
  randomize: rollout.randomize.unwrap().optional(),
  cameras: CAMERAS.optional(),
  maxSteps: z.int().min(1).optional(),
  /** Policy that `act` asks. */
  policy: z.string().optional(),
  worlds: z.int().min(1).max(MOST_WORLDS).optional(),
  threads: z.int().min(1).max(MOST_THREADS).optional(),
  autoreset: z.enum(["disabled", "next-step", "same-step"]).optional(),
  /** Size of pictures that `render` takes. */
  picture: z.strictObject({ width: pixels, height: pixels }).optional(),
});

/** Request of a client for an environment. */
export type Hello = z.output<typeof HELLO>;

const POLICY_HELLO = z.strictObject({
  protocol: z.literal(PROTOCOL),
  version: z.string(),
  /** Name of a run, of a stage of one, or a path in the data directory. */
  storedPolicy: z.string(),
  /** Absolute path of the data directory. */
  root: z.string(),
  worlds: z.int().min(1).max(MOST_WORLDS).optional(),
});

/** Request of a client for a stored policy. */
export type PolicyHello = z.output<typeof POLICY_HELLO>;

/**
 * Reads the first payload of a client.
 *
 * @throws {InvalidInputError} If it is of another version, or asks for what there cannot be
 */
export function readHello(payload: Uint8Array): Hello | PolicyHello {
  const value = parseJson(payload);
  const [protocol, version] = [valueAt(value, ["protocol"]), valueAt(value, ["version"])];
  if (protocol !== PROTOCOL || version !== config.version) {
    throw new InvalidInputError(
      `Cannot serve a client: expected protocol ${PROTOCOL} of Sluice ${config.version}, found ` +
        `protocol ${showValue(protocol)} of Sluice ${showValue(version)}: install the ` +
        "package of this checkout, pip install ./python",
    );
  }
  const schema = valueAt(value, ["storedPolicy"]) === undefined ? HELLO : POLICY_HELLO;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const named = ["environment", "gymConfig", "storedPolicy"].map((key) => valueAt(value, [key]));
  const name = named.find((value) => typeof value === "string") ?? "";
  const findings = result.error.issues.flatMap((issue) => describeIssue(schema, issue, value));
  throw findingsError({ what: "arguments of", name: String(name) }, findings);
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch {
    throw new InvalidInputError(
      "Cannot serve a client: expected a first frame of JSON, found something else: see " +
        "docs/python_protocol.md",
    );
  }
}
