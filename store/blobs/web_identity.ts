import { InvalidInputError, TransientStoreError } from "../../core/errors.ts";
import { readAnswer } from "./read_answer.ts";
import { parseRefusal } from "./s3_errors.ts";
import type { S3Credentials, WebIdentity } from "./s3_settings.ts";
import { elementText } from "./xml.ts";

/** Temporary credentials. */
export interface TemporaryKeys {
  readonly keys: S3Credentials;
  /** Time for which they are valid (s). */
  readonly seconds: number;
}

/** Bytes that are read of an answer, which has about 2 kB. */
const MAX_ANSWER = 2 ** 16;

/** Shortest time for which the service gives credentials (s). */
const SHORTEST = 900;

/**
 * Asks the token service for temporary credentials of a role. The token is proof enough: the request
 * is not signed.
 *
 * @param patience How long the service may take (ms)
 * @throws {InvalidInputError} If the service refuses the token or the role
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export async function assumeRole(
  { role, service, readToken }: WebIdentity,
  patience = 20_000,
): Promise<TemporaryKeys> {
  const body = new URLSearchParams({
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: role,
    RoleSessionName: "sluice",
    WebIdentityToken: readToken(),
  });
  let response: Response, text: string;
  try {
    const signal = AbortSignal.timeout(patience);
    response = await fetch(service, { method: "POST", body, redirect: "error", signal });
    text = new TextDecoder().decode(await readAnswer(response, MAX_ANSWER));
  } catch {
    throw new TransientStoreError({
      action: "ask for credentials at",
      place: service,
      expected: "an answer",
      found: "none",
      remedy: "look at the network, and run again",
    });
  }
  const field = (name: string) => elementText(text, name);
  const accessKeyId = field("AccessKeyId"), secretAccessKey = field("SecretAccessKey");
  const sessionToken = field("SessionToken"), until = Date.parse(field("Expiration") ?? "");
  if (response.ok && accessKeyId && secretAccessKey && sessionToken) {
    // By the clock of the service, which need not be this machine's.
    const seconds = (until - Date.parse(response.headers.get("date") ?? "")) / 1000;
    return {
      keys: { accessKeyId, secretAccessKey, sessionToken },
      seconds: Number.isFinite(seconds) ? seconds : SHORTEST,
    };
  }
  const { status, code } = parseRefusal(response.status, text);
  throw new InvalidInputError({
    action: "assume the role of",
    place: "AWS_ROLE_ARN",
    expected: "temporary credentials",
    found: `a refusal (${code || status})`,
    remedy: "correct AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE",
  });
}
