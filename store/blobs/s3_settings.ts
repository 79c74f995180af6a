import { InvalidInputError } from "../../core/errors.ts";
import { isLoopbackHost } from "../../core/loopback.ts";

/** Access to an S3 store. */
export interface S3Settings {
  /** Origin of a server of one's own; null for Amazon's. */
  readonly endpoint: string | null;
  readonly region: string;
  readonly credentials: S3Credentials | WebIdentity;
}

/** A key and its secret, with the token of a session where they are temporary. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A token of an identity provider, with which temporary credentials are had. */
export interface WebIdentity {
  readonly role: string;
  /** Reads the token, which its provider renews. */
  readonly readToken: () => string;
  /** Origin of the token service. */
  readonly service: string;
}

/** What {@linkcode findS3Settings} looks at. */
export interface S3Environment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Text of a file, null if there is none. */
  readonly readFile: (path: string) => string | null;
  /** Whether plain http may leave this machine. */
  readonly insecure?: boolean;
}

/**
 * Finds access to S3 where Amazon's own tools look: variables, then a web identity, then the profile
 * that `AWS_PROFILE` names in the files of `~/.aws`.
 *
 * @throws {InvalidInputError} If there are no credentials, or the endpoint is not secure
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */
export function findS3Settings(environment: S3Environment): S3Settings {
  const { variables } = environment;
  const profile = readProfile(environment);
  const endpoint = variables["AWS_ENDPOINT_URL_S3"] || variables["AWS_ENDPOINT_URL"] ||
    profile["endpoint_url"] || null;
  const region = variables["AWS_REGION"] || variables["AWS_DEFAULT_REGION"] ||
    profile["region"] || "us-east-1";
  const insecure = environment.insecure ?? false;
  return {
    endpoint: endpoint === null ? null : checkEndpoint(endpoint, insecure),
    region,
    credentials: keysOf(variables) ?? identityOf(environment, region) ?? keysOf({
      AWS_ACCESS_KEY_ID: profile["aws_access_key_id"],
      AWS_SECRET_ACCESS_KEY: profile["aws_secret_access_key"],
      AWS_SESSION_TOKEN: profile["aws_session_token"],
    }) ?? noCredentials(variables["AWS_PROFILE"]),
  };
}

function keysOf(variables: S3Environment["variables"]): S3Credentials | null {
  const accessKeyId = variables["AWS_ACCESS_KEY_ID"];
  const secretAccessKey = variables["AWS_SECRET_ACCESS_KEY"];
  const sessionToken = variables["AWS_SESSION_TOKEN"];
  if (!accessKeyId || !secretAccessKey) return null;
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

function identityOf({ variables, readFile, insecure }: S3Environment, region: string) {
  const file = variables["AWS_WEB_IDENTITY_TOKEN_FILE"], role = variables["AWS_ROLE_ARN"];
  if (!file || !role) return null;
  const service = variables["AWS_ENDPOINT_URL_STS"] || variables["AWS_ENDPOINT_URL"] ||
    `https://sts.${region}.amazonaws.com`;
  return {
    role,
    service: checkEndpoint(service, insecure ?? false),
    readToken() {
      const token = readFile(file)?.trim();
      if (token) return token;
      throw new InvalidInputError({
        action: "read the token of",
        place: "AWS_WEB_IDENTITY_TOKEN_FILE",
        expected: "a token in it",
        found: "none",
        remedy: "correct the variable, or give keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
      });
    },
  };
}

/** Returns the settings of the chosen profile, of both files. */
function readProfile({ variables, readFile }: S3Environment): Readonly<Record<string, string>> {
  const home = `${variables["HOME"] || variables["USERPROFILE"] || ""}/.aws`;
  const name = variables["AWS_PROFILE"] || "default";
  const read = (variable: string, file: string, section: string) =>
    parseSection(readFile(variables[variable] || `${home}/${file}`) ?? "", section);
  const section = name === "default" ? name : `profile ${name}`;
  return {
    ...read("AWS_CONFIG_FILE", "config", section),
    ...read("AWS_SHARED_CREDENTIALS_FILE", "credentials", name),
  };
}

/** Settings of one section of an INI file. */
function parseSection(text: string, section: string): Record<string, string> {
  const settings: Record<string, string> = {};
  let isWithin = false;
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[\s*(.*?)\s*\]/.exec(line);
    if (header !== null) isWithin = header[1] === section;
    const [, name, value] = /^([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (isWithin && name !== undefined && value !== undefined) settings[name] = value;
  }
  return settings;
}

/** @throws {InvalidInputError} If it is no URL, or plain http would leave this machine */
function checkEndpoint(endpoint: string, insecure: boolean): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  const isHttp = url !== null && ["http:", "https:"].includes(url.protocol);
  const isLocal = isLoopbackHost(url?.hostname ?? "");
  if (isHttp && (url.protocol === "https:" || isLocal || insecure)) {
    return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
  }
  throw new InvalidInputError({
    action: "use endpoint",
    place: endpoint,
    expected: isHttp ? "https, or http to this machine" : "a URL beginning with https://",
    found: isHttp
      ? "plain http, in which anyone on the way reads and changes what is stored"
      : "none",
    remedy: isHttp
      ? "use https, or say --insecure-store where the network is your own"
      : "correct AWS_ENDPOINT_URL_S3",
  });
}

function noCredentials(profile: string | undefined): never {
  throw new InvalidInputError({
    action: "use S3",
    expected: "credentials",
    found: profile ? `none in profile "${profile}"` : "none",
    remedy:
      "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE to a profile that has them",
  });
}
