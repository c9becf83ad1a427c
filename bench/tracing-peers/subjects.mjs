/** Each tool set up as documented: `wrap` records an async function, `flush` sends everything pending. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const built = name => import(`../../packages/${name}/dist/index.js`)

export const subjects = {
  /** The floor: a context, the input and the output as text, and nothing sent. */
  floor: async () => {
    const storage = new AsyncLocalStorage()
    const texts = []
    return {
      wrap: (_name, fn) => async input => {
        texts[0] = JSON.stringify([input])
        const output = await storage.run({}, () => fn(input))
        texts[1] = JSON.stringify(output)
        return output
      },
      flush: async () => {},
    }
  },

  runtape: async () => {
    const [{ createRecorder }, { sqliteStore }, { configureTracing, traced }] = await Promise.all(
      ['recorder', 'store-sqlite', 'trace'].map(built),
    )
    const folder = mkdtempSync(join(tmpdir(), 'runtape-peers-'))
    process.once('exit', () => rmSync(folder, { recursive: true }))
    const recorder = createRecorder({ store: sqliteStore(join(folder, 'runtape.db')) })
    configureTracing({ sink: recorder })
    return { wrap: traced, flush: () => recorder.flush() }
  },

  /** Besides writing its tape, it can pass spans to the exporter of `opentelemetry` below. */
  'runtape, exported by OpenTelemetry': async url => {
    const [{ otelSink }, { configureTracing, traced }] = await Promise.all(['otel', 'trace'].map(built))
    const sink = otelSink({ processor: await otlpProcessor(url), content: true })
    configureTracing({ sink })
    return { wrap: traced, flush: () => sink.flush() }
  },

  /** Records no content itself: input and output are added as attributes. */
  opentelemetry: async url => {
    const provider = await otelProvider(await otlpProcessor(url))
    const tracer = provider.getTracer('bench')
    const wrap = (name, fn) => input =>
      tracer.startActiveSpan(name, async span => {
        span.setAttribute('input', JSON.stringify([input]))
        try {
          const output = await fn(input)
          span.setAttribute('output', JSON.stringify(output))
          return output
        } finally {
          span.end()
        }
      })
    return { wrap, flush: () => provider.forceFlush() }
  },

  langfuse: async baseUrl => {
    const { LangfuseSpanProcessor } = await import('@langfuse/otel')
    const { observe } = await import('@langfuse/tracing')
    const processor = new LangfuseSpanProcessor({ publicKey: 'pk', secretKey: 'sk', baseUrl })
    const provider = await otelProvider(processor)
    return { wrap: (name, fn) => observe(fn, { name }), flush: () => provider.forceFlush() }
  },

  braintrust: async appUrl => {
    const { flush, initLogger, wrapTraced } = await import('braintrust')
    initLogger({ projectName: 'bench', apiKey: 'key', appUrl, asyncFlush: true })
    return { wrap: (name, fn) => wrapTraced(fn, { name }), flush }
  },

  langsmith: async apiUrl => {
    process.env.LANGSMITH_TRACING = 'true'
    const { Client } = await import('langsmith')
    const { traceable } = await import('langsmith/traceable')
    const client = new Client({ apiUrl, apiKey: 'key' })
    return {
      wrap: (name, fn) => traceable(fn, { name, client }),
      flush: () => client.awaitPendingTraceBatches(),
    }
  },

  bitfab: async serviceUrl => {
    const { Bitfab, flushTraces } = await import('bitfab')
    const bitfab = new Bitfab({ apiKey: 'key', serviceUrl })
    return { wrap: (name, fn) => bitfab.withSpan(name, fn), flush: () => flushTraces(60_000) }
  },
}

async function otelProvider(processor) {
  const { NodeTracerProvider } = await import('@opentelemetry/sdk-trace-node')
  const provider = new NodeTracerProvider({ spanProcessors: [processor] })
  provider.register()
  return provider
}

async function otlpProcessor(url) {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http')
  const { BatchSpanProcessor } = await import('@opentelemetry/sdk-trace-node')
  const exporter = new OTLPTraceExporter({ url: `${url}/v1/traces` })
  return new BatchSpanProcessor(exporter, { maxQueueSize: 100_000 })
}
