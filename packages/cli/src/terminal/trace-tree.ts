import type { Payload, SpanRecord } from '@runtape/core'
import { droppedTag } from '@runtape/core/internal'
import type { Trace } from '@runtape/core/store'
import { showCount, showDuration, showText, showTokens } from './show.ts'
import { bold, dim, red, yellow } from './style.ts'

export interface TreeLimits {
  /** Maximum number of calls shown under one call; the others are counted. */
  readonly width: number
  readonly depth: number
  /** Also shows inputs and outputs. */
  readonly values: boolean
}

interface Branch {
  readonly span: SpanRecord
  /** Prefixes of its line and of the lines under it. */
  readonly first: string
  readonly rest: string
  readonly depth: number
}

/** A trace as a tree, one line per call. Iterative, so any depth works. */
export function traceTree({ root, spans }: Trace, limits: TreeLimits): string {
  const childrenOf = Map.groupBy(spans, span => span.parentSpanId)
  const lines: string[] = []
  const waiting: (Branch | string)[] = [{ span: root, first: '', rest: '', depth: 0 }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === 'string') {
      lines.push(next)
      continue
    }
    const { span, first, rest } = next
    lines.push(first + lineOf(span))
    if (limits.values) lines.push(...valuesOf(span).map(value => `${rest}${dim(value)}`))
    const children = span.spanId === root.parentSpanId ? [] : (childrenOf.get(span.spanId) ?? [])
    for (const branch of branchesOf(children, next, limits).reverse()) waiting.push(branch)
  }
  return lines.join('\n')
}

function branchesOf(
  children: readonly SpanRecord[],
  parent: Branch,
  limits: TreeLimits,
): (Branch | string)[] {
  const { rest, depth } = parent
  const shown = depth < limits.depth ? children.slice(0, limits.width) : []
  const hidden = children.length - shown.length
  const branches: (Branch | string)[] = shown.map((span, index) => {
    const isLast = index === shown.length - 1 && hidden === 0
    return {
      span,
      first: rest + dim(isLast ? '└─ ' : '├─ '),
      rest: rest + (isLast ? '   ' : dim('│  ')),
      depth: depth + 1,
    }
  })
  const flag = depth < limits.depth ? '--width' : '--depth'
  if (hidden > 0) branches.push(rest + dim(`└─ … ${showCount(hidden)} more (${flag} shows them)`))
  return branches
}

function lineOf(span: SpanRecord): string {
  const { key, name, durationMs, model, usage, status, error, type } = span
  const isStub = droppedTag(span) !== undefined
  const facts = [
    !isStub && showDuration(durationMs),
    type !== 'function' && type,
    model && showText(model),
    usage && `${showTokens(usage)} tokens`,
  ]
  const ending =
    status === 'ok'
      ? ''
      : ` ${(status === 'error' ? red : yellow)(isStub ? 'dropped' : endingOf(status, error))}`
  const title = bold(showText(name === key ? key : `${key} (${name})`))
  return `${title}  ${dim(facts.filter(Boolean).join(' · '))}${mockOf(span)}${ending}`
}

function endingOf(status: SpanRecord['status'], error: SpanRecord['error']): string {
  return error ? `${status}: ${showText(`${error.name}: ${error.message}`, 100)}` : status
}

function mockOf({ replay, mockOnReplay }: SpanRecord): string {
  if (replay) return replay.mocked ? ` ${yellow('mocked')}` : ''
  return mockOnReplay ? ` ${dim('· mocked on replay')}` : ''
}

function valuesOf(span: SpanRecord): string[] {
  const { input, output } = span
  if (droppedTag(span)) return []
  return [`  in  ${valueOf(input)}`, ...(output ? [`  out ${valueOf(output)}`] : [])]
}

function valueOf({ json, truncated }: Payload): string {
  return truncated === undefined ? showText(json, 160) : `too large to keep (${showCount(truncated)} bytes)`
}
