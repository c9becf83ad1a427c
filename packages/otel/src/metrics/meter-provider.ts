import type { SpanAttributes } from '../attributes/span-attributes.ts'

export interface MetricOptions {
  readonly unit: string
  readonly description: string
  readonly advice?: { readonly explicitBucketBoundaries: number[] }
}

export interface Meter {
  createHistogram(
    name: string,
    options: MetricOptions,
  ): { record(value: number, attributes: SpanAttributes): void }
  createCounter(
    name: string,
    options: MetricOptions,
  ): { add(value: number, attributes: SpanAttributes): void }
}

/** Fits the meter providers of the OpenTelemetry SDK and API, such as `new MeterProvider(…)` or `metrics.getMeterProvider()`. */
export interface MeterProvider {
  getMeter(name: string, version?: string): Meter
  forceFlush?(): Promise<void>
}
