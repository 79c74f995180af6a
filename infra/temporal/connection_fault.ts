import { InvalidInputError, MissingToolError, type SluiceError } from "../../core/errors.ts";
import type { ServerAddress } from "./server_address.ts";

/** Reason why a connection fails, by what the native transport prints: its errors, as Rust does. */
interface Fault {
  readonly printed: RegExp;
  /** Whether it applies, by the access that was given; always if absent. */
  readonly applies?: (server: ServerAddress) => boolean;
  readonly found: string;
  readonly remedy: string;
  /** Whether a server that is only starting may print it too, so that trying again helps. */
  readonly passing?: true;
}

const CERTIFICATE = "set TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH to a " +
  "certificate that it accepts";

const FAULTS: readonly Fault[] = [
  {
    printed: /valid authentication credentials|does not have permission/,
    applies: ({ apiKey }) => apiKey === undefined,
    found: "that it demands an API key",
    remedy: "set TEMPORAL_API_KEY",
  },
  {
    printed: /valid authentication credentials|does not have permission/,
    found: "that it rejects the API key",
    remedy: "check TEMPORAL_API_KEY and TEMPORAL_NAMESPACE",
  },
  {
    printed: /InvalidContentType/,
    found: "that it does not speak TLS",
    remedy: "check the port, or unset TEMPORAL_TLS* and TEMPORAL_API_KEY",
  },
  {
    printed: /UnknownIssuer/,
    found: "a certificate of an unknown authority",
    remedy: "set TEMPORAL_TLS_SERVER_CA_CERT_PATH to the certificate of its authority",
  },
  {
    printed: /NotValidForName/,
    found: "a certificate for another name",
    remedy: "use that name in TEMPORAL_ADDRESS, or set TEMPORAL_TLS_SERVER_NAME to it",
  },
  {
    printed: /InvalidCertificate\((Expired|NotValidYet)/,
    found: "a certificate that is not valid now",
    remedy: "check the clock of this machine, or renew the certificate of the server",
  },
  {
    printed: /InconsistentKeys/,
    found: "a client key that does not belong to the client certificate",
    remedy: "set TEMPORAL_TLS_CLIENT_KEY_PATH to the key of TEMPORAL_TLS_CLIENT_CERT_PATH",
  },
  {
    printed: /AlertReceived|fatal alert/,
    found: "that it rejects the client certificate, or the lack of one",
    remedy: CERTIFICATE,
  },
  {
    printed: /UnexpectedEof|ConnectionReset|BrokenPipe|connection closed/,
    applies: ({ tls }) => tls !== undefined,
    found: "that it closes the connection after the TLS handshake",
    remedy: `if it demands a client certificate, ${CERTIFICATE}`,
    passing: true,
  },
  {
    printed: /FRAME_SIZE_ERROR|h2 protocol error/,
    applies: ({ tls }) => tls === undefined,
    found: "that it expects TLS",
    remedy: "set TEMPORAL_TLS=1, or TEMPORAL_TLS_SERVER_CA_CERT_PATH for an authority of your own",
  },
  {
    printed: /UnexpectedEof|ConnectionReset|BrokenPipe|connection closed/,
    found: "that it closes the connection",
    remedy: "check that a Temporal server listens there, and whether it expects TLS",
    passing: true,
  },
];

/**
 * Describes why a connection to a server fails.
 *
 * @param printed Message of the native transport
 * @returns The error, and whether another attempt may succeed
 */
export function connectionFault(
  server: ServerAddress,
  printed: string,
): { readonly error: SluiceError; readonly passing: boolean } {
  const fault = FAULTS.find(({ printed: pattern, applies = () => true }) =>
    pattern.test(printed) && applies(server)
  );
  const place = server.address, action = "reach the Temporal server at", expected = "an answer";
  if (fault === undefined) {
    const error = new MissingToolError({
      ...{ action, place, expected },
      found: `"${causeIn(printed)}"`,
      remedy: "check TEMPORAL_ADDRESS, or unset it to use the data directory's own server",
    });
    return { error, passing: true };
  }
  const { found, remedy, passing = false } = fault;
  const Class = passing ? MissingToolError : InvalidInputError;
  return { error: new Class({ action, place, expected, found, remedy }), passing };
}

/**
 * The innermost cause in a message of the native transport:
 * `Error(Transport, ConnectError(… Os { code: 111, message: "Connection refused" }))`.
 */
export function causeIn(printed: string): string {
  const causes = [...printed.matchAll(/\b(?:message|error): "([^"]+)"/g)].map(([, cause]) =>
    cause!
  );
  return causes.findLast((cause) => cause !== "transport error") ?? printed;
}
