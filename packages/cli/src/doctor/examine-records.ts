import type { HealthKind } from '@runtape/core/store'
import type { SqliteInspection } from '@runtape/store-sqlite'
import { showCount, showTime } from '../terminal/show.ts'
import { type Finding, fine, note, problem } from './finding.ts'

const day = 86_400_000

/** Findings about what a database contains and lacks. */
export function examineRecords(found: SqliteInspection, now: number): Finding[] {
  if (found.runs === 0 && found.spans === 0)
    return [nothing, ...counted(found), ...waiting(found), ...setAside(found)]
  return [
    fine(
      `It holds ${count(found.runs, 'run')} (${count(found.runEvents, 'event')}), ${count(found.traces, 'trace')} (${count(found.spans, 'span')}) and ${count(found.testRuns, 'test run')}.`,
    ),
    lastRecord(found, now),
    ...missingHalf(found),
    ...unfinished(found),
    ...misdated(found),
    ...counted(found),
    ...waiting(found),
    ...setAside(found),
  ]
}

export const nothing = problem(
  'It is empty: it was opened, but nothing was recorded.',
  'Check, in this order: configureTracing({ sink: recorder }) and createTracker or createClient({ sink: recorder }) are called in the process that does the work; that process opened this same store; short processes call await recorder.flush() before they end.',
)

export function lastRecord(
  { lastEventAt, lastTraceAt }: Pick<SqliteInspection, 'lastEventAt' | 'lastTraceAt'>,
  now: number,
): Finding {
  const last = Math.max(lastEventAt ?? 0, lastTraceAt ?? 0)
  const what = `The last record is from ${showTime(last)} UTC.`
  if (now - last < day) return fine(what)
  return note(what, 'If code ran since then: did it run in this folder, with this path and this recorder?')
}

function missingHalf(found: SqliteInspection): Finding[] {
  const { runs, traces, runsWithoutTrace, tracesWithoutRun } = found
  const findings: Finding[] = []
  if (runsWithoutTrace > 0) {
    const what =
      runsWithoutTrace === runs
        ? 'No run has a trace.'
        : `${showCount(runsWithoutTrace)} of ${count(runs, 'run')} ${have(runsWithoutTrace)} no trace.`
    const next = `They are billed, but cannot be replayed. Wrap the surrounding function: traced('support.answer', fn), after configureTracing({ sink: recorder }).`
    findings.push(note(what, next))
  }
  if (tracesWithoutRun > 0) {
    const what =
      tracesWithoutRun === traces
        ? 'No trace has a run.'
        : `${showCount(tracesWithoutRun)} of ${count(traces, 'trace')} ${have(tracesWithoutRun)} no run.`
    const next =
      'They can be replayed, but are not billed and cannot be found by feedback. Create a tracker inside: createTracker({ sink: recorder, … }), and call the model in tracker.run().'
    findings.push(note(what, next))
  }
  return findings
}

function misdated({ misdatedEvents }: SqliteInspection): Finding[] {
  if (misdatedEvents === 0) return []
  const what = `${count(misdatedEvents, 'run event')} ${have(misdatedEvents)} an impossible time. The time of receipt counts instead.`
  return [note(what, 'Set the clocks of the recording machines: they were ahead, or before 2020.')]
}

const meanings: Readonly<Partial<Record<HealthKind, readonly [what: string, next: string]>>> = {
  conflict: ['rejected, because another value was recorded first', 'See both values: runtape health.'],
  'dropped-span': [
    'dropped, because the memory for spans was full',
    'Raise maxSpans or maxSpanBytes of createRecorder, or sample.',
  ],
  refused: ['refused, because the memory for run events was full', 'Is the store reachable?'],
  rejected: ['refused for good', 'See why: runtape health.'],
}

/** Counts of the store that nothing else in the database shows. */
export function counted({ counts }: Pick<SqliteInspection, 'counts'>): Finding[] {
  return counts.flatMap(({ kind, count: records, lastAt }) => {
    const meaning = meanings[kind]
    if (meaning === undefined) return []
    const [what, next] = meaning
    const said = `${count(records, 'record')} ${records === 1 ? 'was' : 'were'} ${what}; the last one at ${showTime(lastAt)} UTC.`
    return [note(said, next)]
  })
}

function unfinished({ unfinishedSpans, tracesWithoutRoot }: SqliteInspection): Finding[] {
  const findings: Finding[] = []
  if (unfinishedSpans > 0) {
    const what = `${count(unfinishedSpans, 'span')} had not ended when the process did.`
    findings.push(
      note(what, 'Let work finish before the process ends: await it, and allow time after SIGTERM.'),
    )
  }
  if (tracesWithoutRoot > 0) {
    const what = `Traces without a root, which no list shows: ${showCount(tracesWithoutRoot)}.`
    findings.push(
      note(
        what,
        'They are still being recorded, or the process was killed: SIGTERM flushes, SIGKILL cannot.',
      ),
    )
  }
  return findings
}

function waiting({ outboxWaiting }: SqliteInspection): Finding[] {
  if (outboxWaiting === 0) return []
  const what = `Run events waiting in the outbox: ${showCount(outboxWaiting)}.`
  return [
    note(what, 'A running recorder with this outbox sends them. Is one running, and is its store reachable?'),
  ]
}

function setAside({ setAside: records }: SqliteInspection): Finding[] {
  if (records === 0) return []
  return [
    problem(
      `${count(records, 'record')} could not be written and ${records === 1 ? 'was' : 'were'} set aside.`,
      'See why: runtape set-aside list. Then retry or drop them.',
    ),
  ]
}

export const count = (number: number, what: string): string =>
  `${showCount(number)} ${what}${number === 1 ? '' : 's'}`

const have = (count: number): string => (count === 1 ? 'has' : 'have')
