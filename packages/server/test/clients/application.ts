import type { Tracer } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { memoryStore } from '@runtape/testing'
import { startServer } from '../serve.ts'

/** A server, and an application whose spans an exporter sends to it. */
export async function startApplication() {
  const store = memoryStore()
  const server = await startServer(store)
  const exporter = new OTLPTraceExporter({
    url: `${server.url}/v1/otlp/v1/traces`,
    headers: { authorization: `Bearer ${server.key}` },
  })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop' }),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: 3_600_000 })],
  })
  const tracerOf = (name: string): Tracer => provider.getTracer(name)
  const end = async () => {
    await provider.shutdown()
    await server.close()
  }
  return { store, server, provider, tracerOf, flush: () => provider.forceFlush(), end }
}
