import type { RecordedVerdict, Store, TestRun, TraceSummary, Verdict } from '@runtape/core/store'
import type { Args } from '../../arguments/args.ts'
import type { Command } from '../../arguments/command.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { storeFlag, withStore } from '../../stores/open-store.ts'
import { requireTestRun } from '../../stores/require-test-run.ts'
import { wholeId } from '../../stores/whole-id.ts'
import { print, printJson } from '../../terminal/print.ts'
import { showCount, showText, showTime } from '../../terminal/show.ts'
import { green, red } from '../../terminal/style.ts'
import { table } from '../../terminal/table.ts'

export const command: Command = {
  name: 'verdict',
  about: "Records a person's verdict on a replayed trace, withdraws it, or shows the verdicts of a test run.",
  operands: '<test run> [<trace> pass|fail]',
  flags: {
    store: storeFlag,
    by: { value: 'name', about: 'name of the person' },
    comment: { value: 'text', about: 'why' },
    withdraw: { about: 'withdraw the newest verdict on the trace; with --by, the newest one of this person' },
    json: { about: 'print JSON: the verdict that counts for each trace, and the history' },
  },
  examples: [
    'runtape verdict de268678-… 01a2073fbd71… fail --by Ada --comment "promises a refund"',
    'runtape verdict de268678-… 01a2073fbd71… --withdraw --by Ada',
    'runtape verdict de268678-…',
  ],
  run: args => {
    const { traceId, pass, ...given } = operandsOf(args)
    return withStore(args, async store => {
      const testRun = await requireTestRun(store, given.testRunId)
      const { testRunId } = testRun
      if (traceId !== undefined) {
        const replayed = await replayedTrace(store, testRun, traceId)
        if (args.has('withdraw')) await withdraw(store, testRunId, replayed, args.text('by'))
        else await store.testRuns.putVerdict(testRunId, replayed, verdictOf(pass, args))
      }
      const { verdicts } = await requireTestRun(store, testRunId)
      const history = await store.testRuns.verdicts(testRunId)
      if (args.has('json')) printJson({ verdicts, history })
      else print(shown(verdicts, history))
      return 0
    })
  },
}

async function withdraw(store: Store, testRunId: string, traceId: string, by: string | undefined) {
  if (await store.testRuns.withdrawVerdict(testRunId, traceId, by === undefined ? {} : { by })) return
  const whose = by === undefined ? '' : ` of ${by}`
  throw new Misuse(
    `There is no verdict${whose} on trace "${traceId}" to withdraw. See: runtape verdict ${testRunId}`,
  )
}

interface Operands {
  readonly testRunId: string
  readonly traceId: string | undefined
  readonly pass: boolean
}

function operandsOf(args: Args): Operands {
  const { operands } = args
  const [testRunId, traceId, verdict, ...more] = operands
  const isWithdrawn = args.has('withdraw')
  if (isWithdrawn && (operands.length !== 2 || args.text('comment') !== undefined))
    throw new Misuse('Name a test run and a trace in it: runtape verdict <test run> <trace> --withdraw.')
  const isAsked = operands.length === (isWithdrawn ? 2 : 1)
  if (
    testRunId !== undefined &&
    (isAsked || (more.length === 0 && (verdict === 'pass' || verdict === 'fail')))
  )
    return { testRunId, traceId, pass: verdict === 'pass' }
  throw new Misuse(
    'Name a test run, a trace in it, and your verdict: runtape verdict <test run> <trace> pass, or fail.',
  )
}

function verdictOf(pass: boolean, args: Args): Verdict {
  const [by, comment] = [args.text('by'), args.text('comment')]
  return { pass, ...(by !== undefined && { by }), ...(comment !== undefined && { comment }) }
}

/**
 * The trace made by the replay, even if the recorded one is named; the first of several attempts.
 *
 * @param given the id of either, or its start
 */
async function replayedTrace(store: Store, { testRunId }: TestRun, given: string): Promise<string> {
  const sources = new Map<string, TraceSummary>()
  const made = new Set<string>()
  for await (const trace of tracesOf(store, testRunId)) {
    made.add(trace.traceId)
    const source = (await store.traces.getSpan(trace.traceId, trace.spanId))?.replay?.sourceTraceId
    // Newest first.
    const known = source === undefined ? undefined : sources.get(source)
    if (source !== undefined && !(known && known.startedAt < trace.startedAt)) sources.set(source, trace)
  }
  const ids = [...made, ...sources.keys()]
  const id = ids.includes(given) ? given : wholeId(given, ids, 'traces of this test run')
  if (id !== undefined) return made.has(id) ? id : (sources.get(id)?.traceId ?? id)
  throw new Misuse(
    `Test run ${testRunId} did not replay trace "${given}". "runtape report" shows its traces.`,
  )
}

async function* tracesOf(store: Store, testRunId: string): AsyncGenerator<TraceSummary> {
  let cursor: string | undefined
  do {
    const page = await store.traces.list({ testRunId, limit: 500, ...(cursor !== undefined && { cursor }) })
    yield* page.items
    cursor = page.nextCursor
  } while (cursor !== undefined)
}

function shown(verdicts: TestRun['verdicts'], history: readonly RecordedVerdict[]): string {
  if (history.length === 0) return 'This test run has no verdicts yet.'
  const all = Object.values(verdicts)
  const passing = all.filter(({ pass }) => pass).length
  const rows = history.map(({ traceId, pass, by = '', comment = '', at, withdrawn }) => [
    showText(traceId),
    pass ? green('pass') : red('fail'),
    showText(by, 30),
    at === undefined ? '' : showTime(at),
    showText(comment, 100),
    withdrawn ? `withdrawn${withdrawn.by === undefined ? '' : ` by ${showText(withdrawn.by, 30)}`}` : '',
  ])
  const sum = `${showCount(passing)} pass, ${showCount(all.length - passing)} fail`
  return `${table(['replayed trace', 'verdict', 'by', 'at', 'comment', ''], rows)}\n${sum}`
}
