import { readFileSync } from 'node:fs'
import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'
import { memoryStore } from '@runtape/testing'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { startServer } from '../../packages/server/test/serve.ts'
import { startModelServer } from './model-server.ts'

/** The installed version of a package. */
export function versionOf(name: string): string {
  const file = new URL(`./node_modules/${name}/package.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

const ends: (() => unknown)[] = []

/** Spans find their parents, as in an application; what a test started ends after it. */
export function withContexts(): void {
  beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
  afterAll(() => context.disable())
  afterEach(async () => {
    await provider.forceFlush()
    for (const end of ends.splice(0).reverse()) await end()
  })
}

export const atEnd = (end: () => unknown): void => void ends.push(end)

/**
 * A store behind a server, and a host of models.
 *
 * @param before the address and key that the server has
 */
export async function setUp(before?: Parameters<typeof startServer>[2]) {
  const store = memoryStore()
  const server = await startServer(store, {}, before)
  const models = await startModelServer()
  atEnd(models.close)
  atEnd(server.close)
  const openAi = () => new OpenAI({ apiKey: 'none', baseURL: models.url, maxRetries: 0 })
  return { store, server, models, openAi, headers: { authorization: `Bearer ${server.key}` } }
}

type Place = Pick<Awaited<ReturnType<typeof setUp>>, 'server' | 'headers'>

const exporterTo = ({ server, headers }: Place) =>
  new OTLPTraceExporter({ url: `${server.url}/v1/otlp/v1/traces`, headers })

// Instrumentations patch an SDK once per process, for one provider: its spans go to the server of the test that runs.
let exporter: SpanExporter | undefined
const current: SpanExporter = {
  export: (spans, done) => exporter?.export(spans, done),
  shutdown: async () => {},
}
const sent = new InMemorySpanExporter()

/** The provider of the application that is tested. */
export const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'shop' }),
  spanProcessors: [
    new SimpleSpanProcessor(sent),
    new BatchSpanProcessor(current, { scheduledDelayMillis: 3_600_000 }),
  ],
})

/** A store, a server, a host of models, and spans that go to the server in one batch. */
export async function startApplication() {
  const place = await setUp()
  exporter = exporterTo(place)
  sent.reset()
  return {
    ...place,
    flush: () => provider.forceFlush(),
    /** The same spans one by one, in another order, as if answers had been lost. */
    sendAgain: async () => {
      for (const span of sent.getFinishedSpans().toReversed()) await exported(exporterTo(place), [span])
    },
  }
}

function exported(to: SpanExporter, spans: ReadableSpan[]): Promise<void> {
  return new Promise((resolve, reject) =>
    to.export(spans, ({ error }) => (error ? reject(error) : resolve())),
  )
}

export type Kept = Awaited<ReturnType<typeof setUp>>['store']

/** The spans that the store has, of all traces, in the order in which they started. */
export async function spansIn(store: Kept) {
  const { items } = await store.traces.list({})
  const traces = await Promise.all(items.map(({ traceId }) => store.traces.get(traceId)))
  return traces.flatMap(trace => trace?.spans ?? []).sort((a, b) => a.startedAt - b.startedAt)
}

export const modelSpansIn = async (store: Kept) =>
  (await spansIn(store)).filter(({ type }) => type === 'model')

/** The only tool that ran. */
export async function toolIn(store: Kept) {
  const tools = (await spansIn(store)).filter(({ type }) => type === 'tool')
  expect(tools).toHaveLength(1)
  return { input: tools[0]?.input.json, output: tools[0]?.output?.json ?? '' }
}

/** The kinds of spans that the store has; those of one millisecond have no order. */
export const typesIn = async (store: Kept) => (await spansIn(store)).map(({ type }) => type).sort()

/** The bill of all runs. */
export async function billIn(store: Kept) {
  return (await store.runs.usage({}))[0]
}
