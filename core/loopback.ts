/** Hosts of URLs that lead to this machine alone. */
const LOOPBACK_HOSTS: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Whether the host of a URL is this machine, so that nobody on the way reads or changes what is
 * sent.
 *
 * @param hostname As `URL.hostname` gives it, an IPv6 address in brackets
 */
export function isLoopbackHost(hostname: string): boolean {
  return LOOPBACK_HOSTS.includes(hostname);
}
