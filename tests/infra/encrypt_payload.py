"""Writes encrypted_payload.json with another implementation: cryptography 48.0.0, protobuf by hand.

The format is that of Temporal's samples: nonce, then AES-256-GCM of the payload as a protocol
buffer, with the tag at its end. Run: python encrypt_payload.py > encrypted_payload.json
"""

import base64
import hashlib
import json

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def field(number: int, content: bytes) -> bytes:
    """A length-delimited field; all lengths here fit one byte."""
    assert len(content) < 128
    return bytes([number << 3 | 2, len(content)]) + content


VALUE = {"pipeline": "reach-expert", "seed": 7}
KEY = bytes(range(32))
NONCE = bytes(range(100, 112))

metadata = field(1, b"encoding") + field(2, b"json/plain")
plain = field(1, metadata) + field(2, json.dumps(VALUE).encode())
print(
    json.dumps(
        {
            "value": VALUE,
            "keyId": hashlib.sha256(KEY).hexdigest()[:16],
            "data": base64.b64encode(NONCE + AESGCM(KEY).encrypt(NONCE, plain, None)).decode(),
        }
    )
)
