import { randomUUID } from 'node:crypto'
import type { start } from './bitfab.ts'

type Server = Pick<Awaited<ReturnType<typeof start>>, 'send' | 'get'>

/** A call that an application of Ruby makes: its values as JSON, and in Ruby's own form. */
export interface RubyCall {
  readonly key: string
  readonly name: string
  readonly input: readonly unknown[]
  readonly output?: unknown
  readonly error?: string
  readonly calls?: readonly RubyCall[]
}

export const serialized = (value: unknown) => ({
  format: 'ruby',
  marshal: Buffer.from(JSON.stringify(value)).toString('base64'),
})

interface Inside {
  readonly traceId: string
  readonly parentId?: string
  readonly testRunId?: string
  readonly source?: { readonly spanId: string; readonly traceId: string }
}

let clock = Date.parse('2026-11-30T10:00:00Z')

/** Sends a call as the client does: what is inside first, then itself, and after the root the end of the trace. */
export async function sendCall(server: Server, call: RubyCall, inside: Inside): Promise<void> {
  const [id, startedAt] = [randomUUID(), clock++]
  for (const child of call.calls ?? []) await sendCall(server, child, { ...inside, parentId: id })
  const times = { started_at: new Date(startedAt).toISOString(), ended_at: new Date(clock++).toISOString() }
  const common = { type: 'sdk-function', source: 'ruby-sdk-function', traceFunctionKey: call.key }
  const run = inside.testRunId === undefined ? {} : { testRunId: inside.testRunId }
  await server.send('externalSpans', {
    ...{ ...common, ...run, sourceTraceId: inside.traceId, sdkVersion: '0.9.0' },
    rawSpan: {
      ...{ id, trace_id: inside.traceId, parent_id: inside.parentId, ...times },
      ...(inside.source && { input_source_span_id: inside.source.spanId }),
      span_data: {
        ...{ name: call.name, type: 'function', input: call.input, input_serialized: serialized(call.input) },
        ...{ output: call.output ?? null, output_serialized: serialized(call.output ?? null) },
        ...(call.error !== undefined && { error: call.error }),
      },
    },
  })
  if (inside.parentId !== undefined) return
  await server.send('externalTraces', {
    ...{ ...common, ...run, completed: true },
    externalTrace: {
      ...{ id: inside.traceId, ...times, workflow_name: call.key },
      ...(inside.source && { input_source_trace_id: inside.source.traceId }),
    },
  })
}

/** The mocks of a tree, as `build_mock_tree` makes them: by key, name, and number among those, depth first. */
export function mockTree(root: { readonly children: readonly TreeNode[] }): ReadonlyMap<string, unknown> {
  const [mocks, counters] = [new Map<string, unknown>(), new Map<string, number>()]
  const walk = (node: TreeNode) => {
    const counted = `${node.traceFunctionKey}:${node.spanName}`
    const index = counters.get(counted) ?? 0
    counters.set(counted, index + 1)
    mocks.set(`${counted}:${index}`, node.output)
    for (const child of node.children) walk(child)
  }
  for (const child of root.children) walk(child)
  return mocks
}

interface TreeNode {
  readonly traceFunctionKey: string
  readonly spanName: string
  readonly output: unknown
  readonly children: readonly TreeNode[]
}

/** What `Bitfab::Replay.run` does, request by request; `replayed` is the traced method. */
export async function rubyReplay(
  server: Server,
  start: Readonly<Record<string, unknown>>,
  replayed: (input: readonly unknown[], mocks: ReadonlyMap<string, unknown>) => RubyCall | undefined,
) {
  const { body } = await server.send('replay/start', start)
  if (body.error) throw new Error(body.error)
  const items: { input: unknown; serialized: unknown; original: unknown; traceId: string | undefined }[] = []
  for (const item of body.items) {
    const span = (await server.get(`externalSpans/${item.externalSpanId}`)).body
    const tree = (await server.get(`replay/spanTree/${item.externalSpanId}`)).body
    const { input, input_serialized, output } = span.rawData.span_data
    const traceId = randomUUID()
    const call = replayed(input, mockTree(tree.root))
    const source = { spanId: span.id, traceId: span.externalTraceId }
    if (call) await sendCall(server, call, { traceId, testRunId: body.testRunId, source })
    items.push({ input, serialized: input_serialized, original: output, traceId })
  }
  const completed = (await server.send('replay/complete', { testRunId: body.testRunId })).body
  for (const item of items) item.traceId = completed.traceIds[String(item.traceId)]
  const missing = items.filter(({ traceId }) => traceId === undefined).length
  if (items.length > 0 && missing === items.length)
    throw new Error('the server has no persisted trace for any item')
  return { items, missing, testRunId: String(body.testRunId), url: `${body.testRunUrl}`, completed }
}
