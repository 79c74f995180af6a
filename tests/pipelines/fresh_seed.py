"""Seeds of nights, from Philox 4x32-10 written anew: what fresh_seed_test.ts expects."""

import hashlib
import struct

MASK = 0xFFFFFFFF


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & MASK, (a >> 32) ^ c[3] ^ k[1], a & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def fresh_seed(seed, date):
    digest = hashlib.sha256(f"{seed}\nschedule/fresh".encode()).digest()
    index = int(date.replace("-", ""))
    first, second, *_ = philox([0, 0, index, 0], struct.unpack("<2I", digest[:8]))
    return (first >> 5) * 2**26 + (second >> 6)


for seed, date in [(0, "2026-11-21"), (42, "2026-11-21"), (42, "2026-11-22")]:
    print(seed, date, fresh_seed(seed, date))
