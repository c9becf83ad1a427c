import type { SqliteInspection } from '@runtape/store-sqlite'
import { showCount, showTime } from '../terminal/show.ts'
import { type Finding, fine, note, problem } from './finding.ts'

const day = 86_400_000

/** What there is to say about what is in a database, and about what is not. */
export function examineRecords(found: SqliteInspection, now: number): Finding[] {
  if (found.runs === 0 && found.spans === 0) return [nothing, ...waiting(found), ...setAside(found)]
  return [
    fine(
      `It holds ${count(found.runs, 'run')} (${count(found.runEvents, 'event')}), ${count(found.traces, 'trace')} (${count(found.spans, 'span')}) and ${count(found.testRuns, 'test run')}.`,
    ),
    lastRecord(found, now),
    ...missingHalf(found),
    ...unfinished(found),
    ...misdated(found),
    ...waiting(found),
    ...setAside(found),
  ]
}

const nothing = problem(
  'It is empty: it was opened, and nothing was recorded.',
  'Check, in this order: configureTracing({ sink: recorder }) and createTracker or createClient({ sink: recorder }) are called in the process that does the work; that process opened this very file; short processes call await recorder.flush() before they end.',
)

function lastRecord({ lastEventAt, lastTraceAt }: SqliteInspection, now: number): Finding {
  const last = Math.max(lastEventAt ?? 0, lastTraceAt ?? 0)
  const what = `The last record is of ${showTime(last)} UTC.`
  if (now - last < day) return fine(what)
  return note(what, 'If something ran since: does it run in this folder, with this path and this recorder?')
}

function missingHalf(found: SqliteInspection): Finding[] {
  const { runs, traces, runsWithoutTrace, tracesWithoutRun } = found
  const findings: Finding[] = []
  if (runsWithoutTrace > 0) {
    const what =
      runsWithoutTrace === runs
        ? 'No run has a trace.'
        : `${showCount(runsWithoutTrace)} of ${count(runs, 'run')} ${have(runsWithoutTrace)} no trace.`
    const next = `They are billed, but cannot be replayed. Wrap what surrounds them: traced('support.answer', fn), after configureTracing({ sink: recorder }).`
    findings.push(note(what, next))
  }
  if (tracesWithoutRun > 0) {
    const what =
      tracesWithoutRun === traces
        ? 'No trace has a run.'
        : `${showCount(tracesWithoutRun)} of ${count(traces, 'trace')} ${have(tracesWithoutRun)} no run.`
    const next =
      'They can be replayed, but are neither billed nor found by feedback. Make a tracker inside: createTracker({ sink: recorder, … }), and call the model in tracker.run().'
    findings.push(note(what, next))
  }
  return findings
}

function misdated({ misdatedEvents }: SqliteInspection): Finding[] {
  if (misdatedEvents === 0) return []
  const what = `${count(misdatedEvents, 'run event')} ${have(misdatedEvents)} a time that cannot be, and count when they came.`
  return [note(what, 'Set the clocks of the machines that record: these were ahead, or before 2020.')]
}

function unfinished({ unfinishedSpans, tracesWithoutRoot }: SqliteInspection): Finding[] {
  const findings: Finding[] = []
  if (unfinishedSpans > 0) {
    const what = `${count(unfinishedSpans, 'span')} did not end before the process did.`
    findings.push(note(what, 'Let work end before the process: await it, and give SIGTERM some time.'))
  }
  if (tracesWithoutRoot > 0) {
    const what = `Traces without a root, which are in no list: ${showCount(tracesWithoutRoot)}.`
    findings.push(
      note(
        what,
        'They are being recorded just now, or the process was killed: SIGTERM flushes, SIGKILL cannot.',
      ),
    )
  }
  return findings
}

function waiting({ outboxWaiting }: SqliteInspection): Finding[] {
  if (outboxWaiting === 0) return []
  const what = `Run events in the outbox that wait to be sent: ${showCount(outboxWaiting)}.`
  return [
    note(
      what,
      'A recorder with this outbox sends them when it runs. Is one running, and is its store reachable?',
    ),
  ]
}

function setAside({ setAside: records }: SqliteInspection): Finding[] {
  if (records === 0) return []
  return [
    problem(
      `${count(records, 'record')} could not be written and ${records === 1 ? 'was' : 'were'} set aside.`,
      'See why: runtape set-aside list. Then write them again with retry, or forget them with drop.',
    ),
  ]
}

const count = (number: number, what: string): string =>
  `${showCount(number)} ${what}${number === 1 ? '' : 's'}`

const have = (count: number): string => (count === 1 ? 'has' : 'have')
