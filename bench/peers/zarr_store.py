"""Writing and reading by zarr-python: the peer of bench/store.ts.

    python zarr_store.py write DIRECTORY    the same columns, chunks and codecs
    python zarr_store.py read DATASET       what Sluice wrote

Prints one line of JSON: seconds.
"""

import json
import sys
import time
import warnings

import numpy as np
import zarr
from zarr.codecs import BytesCodec, Crc32cCodec, ZstdCodec

warnings.simplefilter("ignore")  # of commit.json, which is no part of Zarr

ROWS = 400_000
CHUNK_ROWS = 1280
FIELDS = {
    "observation/joint_pos": (7,),
    "observation/joint_vel": (7,),
    "observation/ee_pos": (3,),
    "observation/target_pos": (3,),
    "action": (4,),
    "reward": (),
}


def write(path):
    random = np.random.default_rng(1)
    columns = {
        name: np.cumsum(0.01 * random.standard_normal((ROWS, *shape)), axis=0).astype("f4")
        for name, shape in FIELDS.items()
    }
    start = time.perf_counter()
    root = zarr.open_group(path, mode="w", zarr_format=3)
    for name, data in columns.items():
        array = root.create_array(
            f"data/{name}",
            shape=data.shape,
            chunks=(CHUNK_ROWS, *data.shape[1:]),
            dtype=data.dtype,
            serializer=BytesCodec(endian="little"),
            compressors=[ZstdCodec(level=1), Crc32cCodec()],
            fill_value=0,
        )
        array[:] = data
    return time.perf_counter() - start


def read(path):
    start = time.perf_counter()
    root = zarr.open_group(path, mode="r")
    for name in FIELDS:
        root[f"data/{name}"][:]
    return time.perf_counter() - start


if __name__ == "__main__":
    task, path = sys.argv[1:]
    print(json.dumps({"seconds": {"write": write, "read": read}[task](path)}))
