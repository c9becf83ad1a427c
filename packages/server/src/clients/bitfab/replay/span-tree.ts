import type { SpanRecord } from '@runtape/core'
import { HttpError } from '../../../http-error.ts'
import type { ClientRequest } from '../../client-route.ts'
import { externalIdOf, requireExternalId } from '../ids.ts'
import { dataOf, requireBitfab } from './facts.ts'

/** A span as a client finds its mocks in it: depth first, calls of one key and name by their number. */
interface TreeSpan {
  readonly children: TreeSpan[]
  readonly [field: string]: unknown
}

/** A span and all below it, children in the order of the trace. */
export async function spanTree({ segments, project }: ClientRequest): Promise<Response> {
  const id = requireExternalId(segments.spanId)
  const trace = await project.store.traces.get(id.traceId)
  const root = requireBitfab(trace?.spans.find(({ spanId }) => spanId === id.spanId))
  return Response.json({ root: treeOf(root, trace?.spans ?? []) })
}

/** More levels could not be written as JSON, and clients walk the tree by recursion. */
const mostLevels = 500

/** @param spans parents before children */
function treeOf(root: SpanRecord, spans: readonly SpanRecord[]): TreeSpan {
  const top = nodeOf(root)
  const places = new Map([[root.spanId, { node: top, level: 1 }]])
  for (const span of spans) {
    const parent = span === root ? undefined : places.get(span.parentSpanId ?? '')
    if (!parent) continue
    const node = nodeOf(span)
    if (parent.level === mostLevels) throw tooDeep()
    parent.node.children.push(node)
    places.set(span.spanId, { node, level: parent.level + 1 })
  }
  return top
}

function nodeOf(span: SpanRecord): TreeSpan {
  const { output, output_meta: outputMeta, output_serialized: outputSerialized, type } = dataOf(span)
  return {
    ...{ sourceSpanId: externalIdOf(span), traceFunctionKey: span.key, spanName: span.name, type, output },
    ...(outputMeta !== undefined && { outputMeta }),
    ...(outputSerialized !== undefined && { outputSerialized }),
    children: [],
  }
}

const tooDeep = () =>
  new HttpError(
    400,
    'invalid-option',
    `The trace has more than ${mostLevels} levels of calls. Replay it without mocks.`,
  )
