"""The event file of tests/learn/events_test.ts, by TensorBoard's own writer, as hex digits.

Made with tensorboard 2.20.0:

    python tests/golden/learn/events.py > tests/golden/learn/events.hex
"""

import io

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

WALL_TIME = 1_700_000_000.5
ROWS = [
    (100, [("loss", 0.5), ("learning_rate", 0.25)]),
    (200, [("loss", 0.25), ("learning_rate", 0.0625), ("validation_loss", 0.125)]),
]

file = io.BytesIO()
writer = RecordWriter(file)
writer.write(Event(wall_time=WALL_TIME, file_version="brain.Event:2").SerializeToString())
for step, values in ROWS:
    summary = Summary(value=[Summary.Value(tag=tag, simple_value=v) for tag, v in values])
    writer.write(Event(wall_time=WALL_TIME, step=step, summary=summary).SerializeToString())
print(file.getvalue().hex())
