import type {
  MetricCounter,
  MetricGauge,
  MetricHistogram,
  MetricMeter,
  MetricTags,
} from "@temporalio/common";

/** Meter that keeps what it is told, by name and labels as Prometheus writes them. */
export class FakeMeter implements MetricMeter {
  values: Record<string, number> = {};

  createCounter(name: string): MetricCounter {
    const counter: MetricCounter = {
      name,
      kind: "counter",
      valueType: "int",
      add: (value, tags) => {
        const key = keyOf(name, tags);
        this.values[key] = (this.values[key] ?? 0) + value;
      },
      withTags: () => counter,
    };
    return counter;
  }

  createGauge(name: string): MetricGauge {
    const gauge: MetricGauge = {
      name,
      kind: "gauge",
      valueType: "float",
      set: (value, tags) => {
        this.values[keyOf(name, tags)] = value;
      },
      withTags: () => gauge,
    };
    return gauge;
  }

  createHistogram(): MetricHistogram {
    throw new Error("no histogram is expected");
  }

  withTags(): MetricMeter {
    return this;
  }
}

function keyOf(name: string, tags: MetricTags = {}): string {
  const labels = Object.entries(tags).map(([label, value]) => `${label}="${value}"`);
  return `${name}{${labels.join(",")}}`;
}
