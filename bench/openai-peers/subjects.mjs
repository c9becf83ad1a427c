/** How each tool instruments a client of the `openai` package, following its documentation. */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** Each receives the URL of a server that accepts everything. `sent` says whether anything was recorded. */
export const subjects = {
  async runtape() {
    const { instrumentOpenAI } = await import('../../packages/openai/dist/index.js')
    const { configureTracing } = await import('../../packages/trace/dist/index.js')
    const { memorySink } = await import('../../packages/testing/dist/index.js')
    const sink = memorySink()
    configureTracing({ sink })
    const { OpenAI } = await import('openai')
    return { OpenAI, instrument: client => instrumentOpenAI(client), recorded: () => sink.calls.length }
  },

  async langfuse() {
    const { observeOpenAI } = await import('@langfuse/openai')
    const spans = await otel()
    const { OpenAI } = await import('openai')
    return { OpenAI, instrument: client => observeOpenAI(client), recorded: () => spans.ended }
  },

  async braintrust(url) {
    const { initLogger, wrapOpenAI } = await import('braintrust')
    initLogger({ projectName: 'p', apiKey: 'key', appUrl: url, asyncFlush: true })
    const { OpenAI } = await import('openai')
    return { OpenAI, instrument: client => wrapOpenAI(client) }
  },

  async langsmith(url) {
    const { Client } = await import('langsmith')
    const { wrapOpenAI } = await import('langsmith/wrappers')
    const client = new Client({ apiUrl: url, apiKey: 'key' })
    const { OpenAI } = await import('openai')
    return { OpenAI, instrument: openai => wrapOpenAI(openai, { client, tracingEnabled: true }) }
  },

  async opik(url) {
    const { Opik } = await import('opik')
    const { trackOpenAI } = await import('opik-openai')
    const client = new Opik({ apiUrl: url, apiKey: 'key', workspaceName: 'w', projectName: 'p' })
    const { OpenAI } = await import('openai')
    return { OpenAI, instrument: openai => trackOpenAI(openai, { client }) }
  },

  opentelemetry: () => patching('@opentelemetry/instrumentation-openai'),
  traceloop: () => patching('@traceloop/instrumentation-openai'),
  openinference: () => patching('@arizeai/openinference-instrumentation-openai'),
}

/** They patch the SDK's classes when it is required, and unpatch them when disabled. */
async function patching(name) {
  const spans = await otel()
  const { OpenAIInstrumentation } = require(name)
  const instrumentation = new OpenAIInstrumentation()
  // Does what registerInstrumentations does, because each tool requires another version of it.
  const { metrics, trace } = require('@opentelemetry/api')
  instrumentation.setTracerProvider(trace.getTracerProvider())
  instrumentation.setMeterProvider(metrics.getMeterProvider())
  instrumentation.enable()
  const { OpenAI } = require('openai')
  const { create } = OpenAI.Chat.Completions.prototype
  instrumentation.disable()
  if (create === OpenAI.Chat.Completions.prototype.create) throw new Error(`${name} leaves this SDK alone.`)
  const instrument = client => {
    instrumentation.enable()
    return client
  }
  return { OpenAI, instrument, dispose: () => instrumentation.disable(), recorded: () => spans.ended }
}

async function otel() {
  const { NodeTracerProvider } = await import('@opentelemetry/sdk-trace-node')
  const spans = { ended: 0 }
  const none = async () => {}
  const counting = { onStart: () => {}, onEnd: () => spans.ended++, forceFlush: none, shutdown: none }
  new NodeTracerProvider({ spanProcessors: [counting] }).register()
  return spans
}
