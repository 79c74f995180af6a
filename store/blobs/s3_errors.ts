import { elementText } from "./xml.ts";
import { type ErrorFields, InvalidInputError, StoreAccessError } from "../../core/errors.ts";

/** What an S3 store says when it refuses a request. */
export interface S3Refusal {
  readonly status: number;
  /** `NoSuchBucket` …; empty if it says nothing. */
  readonly code: string;
  readonly message: string;
  /** What its clock and ours say, where they differ too much. */
  readonly serverTime: string;
  readonly requestTime: string;
}

/** Reads a refusal. A HEAD request has no body, and no code then. */
export function parseRefusal(status: number, body: string): S3Refusal {
  const text = (name: string) => {
    const found = elementText(body, name) ?? "";
    return found.slice(0, 300).replaceAll(/\s+/g, " ").trim();
  };
  return {
    status,
    code: text("Code"),
    message: text("Message"),
    serverTime: text("ServerTime"),
    requestTime: text("RequestTime"),
  };
}

/** Whether another attempt may succeed. */
export function isPassing({ status, code }: S3Refusal): boolean {
  return [408, 409, 425, 429, 500, 502, 503, 504].includes(status) ||
    ["RequestTimeout", "SlowDown", "InternalError"].includes(code);
}

type Parts = Pick<ErrorFields, "expected" | "found" | "remedy">;

const UNKNOWN_KEY: Parts = {
  expected: "an access key that the store knows",
  found: "another",
  remedy: "correct AWS_ACCESS_KEY_ID or AWS_PROFILE",
};

/** What is wrong with what a person gave, by the code of the refusal. */
const INPUT_FAULTS: Readonly<Record<string, Parts>> = {
  NoSuchBucket: {
    expected: "a bucket",
    found: "none of that name",
    remedy: "create it, or correct the name, AWS_REGION or AWS_ENDPOINT_URL_S3",
  },
  InvalidAccessKeyId: UNKNOWN_KEY,
  XAdminUserNotFound: UNKNOWN_KEY, // versitygw's
  SignatureDoesNotMatch: {
    expected: "the secret of the access key",
    found: "another",
    remedy: "correct AWS_SECRET_ACCESS_KEY",
  },
  ExpiredToken: {
    expected: "credentials that are still valid",
    found: "that they have expired",
    remedy: "log in again, and set AWS_SESSION_TOKEN with its keys",
  },
  PermanentRedirect: {
    expected: "the region of the bucket",
    found: "another",
    remedy: "set AWS_REGION to the bucket's",
  },
};

/** What was expected where a key may not do something. */
const PERMISSION = "permission to list, read, write and remove objects there";

/** Whether an error says that a key may not do what was asked for, and nothing else. */
export function isWithoutPermission(error: unknown): boolean {
  return error instanceof StoreAccessError && error.fields.expected === PERMISSION;
}

/** The error that a refusal means for a person. */
export function refusalError(
  refusal: S3Refusal,
  action: string,
  place: string,
): InvalidInputError | StoreAccessError {
  const { status, code, message } = refusal;
  const known = INPUT_FAULTS[code] ??
    (code.startsWith("InvalidToken") ? INPUT_FAULTS["ExpiredToken"] : undefined);
  if (known !== undefined) return new InvalidInputError({ action, place, ...known });
  if (code === "RequestTimeTooSkewed") {
    return new StoreAccessError({
      action,
      place,
      expected: "this machine's clock within 15 minutes of the store's",
      found: skewOf(refusal),
      remedy: "set the clock, e.g. by NTP, and run again",
    });
  }
  if (status === 403) {
    return new StoreAccessError({
      action,
      place,
      expected: PERMISSION,
      found: `none (${code || "403"})`,
      remedy: "give it to the access key, or use another",
    });
  }
  return new StoreAccessError({
    action,
    place,
    problem: `the store refused it with status ${status}${code && ` ${code}`}${
      message && `: ${message}`
    }`,
    remedy: "look at the store, and run again",
  });
}

/** `it 20 minutes behind`, as far as the refusal tells. */
function skewOf({ serverTime, requestTime }: S3Refusal): string {
  const compact = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
  const asked = Date.parse(requestTime.replace(compact, "$1-$2-$3T$4:$5:$6Z"));
  const minutes = Math.round((asked - Date.parse(serverTime)) / 60_000);
  if (!Number.isFinite(minutes)) return "it further off";
  return `it ${Math.abs(minutes)} minutes ${minutes < 0 ? "behind" : "ahead"}`;
}
