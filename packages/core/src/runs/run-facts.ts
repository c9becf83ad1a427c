import type { Facts } from '../filter/index.ts'
import type {
  FeedbackValue,
  OutcomeValue,
  ScoreValue,
  SpanRecord,
  ToolCallValue,
} from '../records/records.ts'
import { folded } from '../search/fold-text.ts'
import { textsOfEvent, textsOfRoot } from '../search/searched-texts.ts'
import type { ListedRun } from '../store/runs/runs.ts'

/** The facts of a trace that a filter needs besides those of its runs. */
export interface TraceFacts {
  /** Session of the root. */
  readonly sessionId?: string | undefined
  /** Tags of the root. */
  readonly tags: readonly string[]
  /** The keys of its calls. */
  readonly keys: readonly string[]
  /** The names of its calls of type `tool`. */
  readonly tools: readonly string[]
  /** The texts of its root that `search` finds. */
  readonly texts: readonly string[]
  /** Cohorts whose newest version contains the trace. */
  readonly cohorts?: readonly string[]
  /** Whether the run, or the trace as a whole, has a review. */
  readonly isReviewed?: boolean
}

const noTrace: TraceFacts = { tags: [], keys: [], tools: [], texts: [] }

/** The facts of a trace with these spans. */
export function traceFacts(spans: readonly SpanRecord[]): TraceFacts {
  const root = spans.filter(span => span.parentSpanId === undefined).sort(compareRoots)[0]
  return {
    sessionId: root?.sessionId,
    tags: root?.tags ?? [],
    keys: [...new Set(spans.map(({ key }) => key))],
    tools: [...new Set(spans.filter(({ type }) => type === 'tool').map(({ name }) => name))],
    texts: root ? rootTexts(root.input.json, root.output?.json, root.error) : [],
  }
}

/** The texts of a root that `search` finds. */
export const rootTexts = (
  input: string,
  output: string | undefined,
  error: { readonly name: string; readonly message: string } | undefined,
): string[] =>
  textsOfRoot({ input, output, error: error && `${error.name}: ${error.message}` }).map(({ text }) => text)

const compareRoots = (a: SpanRecord, b: SpanRecord): number =>
  a.startedAt - b.startedAt || (a.spanId < b.spanId ? -1 : 1)

/** Facts of a run, as the conditions of a filter read them. */
export function runFacts(run: ListedRun, trace: TraceFacts = noTrace): Facts {
  return {
    texts: field => textsOf(run, trace, field),
    amount: field => amountOf(run, field),
    has: text => hasText([...trace.texts, ...ownTexts(run)], text),
  }
}

/** The root of a trace, as a filter reads it. */
export interface RootFacts extends Pick<SpanRecord, 'traceId' | 'status' | 'durationMs'> {
  readonly error?: Pick<NonNullable<SpanRecord['error']>, 'name' | 'message'> | undefined
}

/** Facts of a trace together with one of its runs, if there is one. */
export function rootFacts(root: RootFacts, trace: TraceFacts, run: ListedRun | undefined): Facts {
  const own = run && runFacts(run, trace)
  return {
    texts: field =>
      field === 'trace' ? [root.traceId] : own ? own.texts(field) : untold(root, trace, field),
    amount: field => (field === 'duration' ? root.durationMs : own?.amount(field)),
    has: text => (own ? own.has(text) : hasText(trace.texts, text)),
  }
}

const statuses = {
  ok: 'success',
  error: 'error',
  cancelled: 'cancelled',
  abandoned: 'unfinished',
  unfinished: 'unfinished',
} as const satisfies Record<SpanRecord['status'], ListedRun['outcome']>

/** Facts of a trace without a run. */
function untold({ status, error }: RootFacts, trace: TraceFacts, field: string): readonly string[] {
  if (field === 'status') return [statuses[status]]
  if (field === 'feedback') return ['none']
  if (field === 'error') return present([error?.message, error?.name])
  return ofTrace[field]?.(trace) ?? []
}

const ofTrace: Readonly<Record<string, (trace: TraceFacts) => readonly string[]>> = {
  session: trace => present([trace.sessionId]),
  tag: trace => trace.tags,
  key: trace => trace.keys,
  tool: trace => trace.tools,
  cohort: trace => trace.cohorts ?? [],
  reviewed: trace => [trace.isReviewed ? 'yes' : 'no'],
}

const ofRun: Readonly<Record<string, (run: ListedRun) => readonly string[]>> = {
  status: run => [run.outcome],
  feedback: run => [(run.metrics.feedback as FeedbackValue | undefined)?.kind ?? 'none'],
  config: run => [run.configKey],
  variation: run => [run.variationKey],
  version: run => [String(run.version)],
  model: run => [run.model],
  provider: run => [run.providerName],
  user: run => (run.context ? [run.context.key] : []),
  error: run => {
    const error = (run.metrics.outcome as OutcomeValue | undefined)?.error
    return present([error?.message, error?.name])
  },
  run: run => [run.runId],
  trace: run => present([run.traceId]),
  tool: run => toolsOf(run),
}

function textsOf(run: ListedRun, trace: TraceFacts, field: string): readonly string[] {
  if (field.startsWith('context.')) return attributeTexts(run.context, field.slice('context.'.length))
  const own = Object.hasOwn(ofRun, field) ? ofRun[field]?.(run) : undefined
  return [...(own ?? []), ...(Object.hasOwn(ofTrace, field) ? (ofTrace[field]?.(trace) ?? []) : [])]
}

/** The values of an attribute of a context: several for a list, none for an object. */
export function attributeTexts(
  context: Readonly<Record<string, unknown>> | undefined,
  name: string,
): readonly string[] {
  const value = context && Object.hasOwn(context, name) ? context[name] : undefined
  return [value].flat().flatMap(one => (isPlain(one) ? [String(one)] : []))
}

const isPlain = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value)

const toolsOf = ({ metrics }: ListedRun): string[] =>
  Object.entries(metrics).flatMap(([metric, value]) =>
    metric.startsWith('tool-call:') ? [(value as ToolCallValue).name] : [],
  )

function amountOf(run: ListedRun, field: string): number | undefined {
  const { metrics, tokens } = run
  if (field === 'cost') return run.nanoUsd
  if (field === 'tokens') return tokens?.total
  if (field === 'in') return tokens?.input
  if (field === 'out') return tokens?.output
  if (field === 'cached') return tokens?.cachedInput
  if (field === 'duration') return numberIn(metrics.duration)
  if (field === 'ttft') return numberIn(metrics['time-to-first-token'])
  if (!field.startsWith('score.')) return undefined
  return (metrics[`score:${field.slice('score.'.length)}`] as ScoreValue | undefined)?.score
}

const numberIn = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

const ownTexts = ({ events }: ListedRun): string[] =>
  events.flatMap(event => textsOfEvent(event).map(({ text }) => text))

const present = (texts: readonly (string | undefined)[]): string[] => texts.filter(text => !!text) as string[]

/** Compares like `search`. */
function hasText(texts: readonly string[], text: string): boolean {
  const wanted = folded(text)
  return texts.some(one => folded(one).includes(wanted))
}
