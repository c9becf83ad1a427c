import type {
  EvaluatorSummary,
  MockedCall,
  MockReport,
  ReplayItem,
  ReplayReport,
  ReplaySummary,
} from '@runtape/replay'
import {
  callChanges,
  commonCallChanges,
  headOf,
  type ItemStatus,
  showCallChange,
  showCause,
  showDelta,
  showDeltas,
  showScore,
  showValue,
} from '@runtape/replay/report'
import { showCount } from '../terminal/show.ts'
import { driftedInputs } from './drifted-inputs.ts'
import type { ReportedReplay } from './reported-replay.ts'
import { thrownAt } from './thrown-at.ts'

/** Facts about an item besides its output, one line each. Texts are unescaped. */
export function itemFacts(item: ReplayItem): string[] {
  return [
    reasonOf(item),
    ...showCause(item),
    line('thrown', item.outcome === 'failed' ? thrownAt(item.thrown) : []),
    line('attempts', attemptsOf(item)),
    line('scores', scoresOf(item)),
    line('expected', expectedOf(item)),
    line('against the recording', showDelta(item).filter(isChange)),
    line('calls', answeredOf(item.mocks)),
    ...driftedInputs(item.mocks),
    line('calls that differ', callChanges(item.diff).map(showCallChange), '; '),
    line('notes', notesOf(item.mocks)),
    line('after its end', item.lateErrors ?? []),
    line('hint', item.hint === undefined ? [] : [item.hint]),
  ].filter(fact => fact !== '')
}

function reasonOf({ outcome, reason, unread = [] }: ReplayItem): string {
  if (outcome === 'failed' || reason === undefined) return ''
  return `${outcome}: ${reason}${unread.length > 0 ? '; compare classes by their contents with registerCodec' : ''}`
}

/** A person recognises the item by this; empty if there is no input. */
export function inputFact({ input }: ReplayItem): string[] {
  const text = input.map(value => showValue(value).replaceAll(/\s+/g, ' ')).join(', ')
  return text === '' ? [] : [`input: ${headOf(text, 160)}`]
}

const line = (subject: string, facts: readonly string[], separator = ', '): string =>
  facts.length === 0 ? '' : `${subject}: ${facts.join(separator)}`

const isChange = (delta: string): boolean => !delta.startsWith('±0')

/** The expected output, if the result differs from it. */
function expectedOf(item: ReplayItem): string[] {
  if (!('expected' in item) || item.scores['expected-output']?.pass !== false) return []
  return [headOf(showValue(item.expected).replaceAll(/\s+/g, ' '), 160)]
}

function attemptsOf({ attempts = [] }: ReplayItem): string[] {
  if (attempts.length === 0) return []
  const count = (wanted: string) => attempts.filter(({ outcome }) => outcome === wanted).length
  const others = (['changed', 'unknown', 'failed'] as const).map(each => `${count(each)} ${each}`)
  const parts = [`${count('same')} same`, ...others]
  return parts.filter(part => !part.startsWith('0 '))
}

function scoresOf({ scores, spread = {}, scoreErrors = {}, baseline }: ReplayItem): string[] {
  const signFor = (name: string, pass: boolean | undefined) =>
    baseline?.excused?.includes(name) ? ' (does not count)' : signOf(pass)
  const given = Object.entries(scores).map(([name, { score, pass }]) => {
    return `${name} ${showScore(score)}${spread[name] ? rangeOf(spread[name]) : ''}${signFor(name, pass)}`
  })
  return [...given, ...Object.keys(scoreErrors).map(name => `${name} none`)]
}

const signOf = (pass: boolean | undefined): string => (pass === undefined ? '' : pass ? ' ✓' : ' ✗')

const rangeOf = ({ min, max }: { min: number; max: number }): string =>
  min === max ? '' : ` (${showScore(min)} to ${showScore(max)})`

const words: readonly (readonly [list: keyof MockReport, words: string])[] = [
  ['served', 'served'],
  ['drifted', 'drifted'],
  ['overridden', 'overridden'],
  ['missed', 'missed'],
  ['unused', 'unused'],
]

/** Empty if everything was served. */
function answeredOf(mocks: MockReport): string[] {
  const unknown = mocks.served.filter(({ unknownInput }) => unknownInput !== undefined)
  const isNews = words.some(([list]) => list !== 'served' && mocks[list].length > 0)
  if (!isNews && unknown.length === 0) return []
  const uncompared = `${showCount(unknown.length)} with an input that cannot be compared (${namesOf(unknown)})`
  const said = words.flatMap(([list, text]) => {
    const calls = mocks[list]
    if (calls.length === 0) return []
    return [`${showCount(calls.length)} ${text}${list === 'served' ? '' : ` (${namesOf(calls)})`}`]
  })
  return unknown.length > 0 ? [...said, uncompared] : said
}

const mostNotes = 3

/** Recorded effects of answered calls besides their answers. */
function notesOf({ served, drifted }: MockReport): string[] {
  const notes = [...served, ...drifted].flatMap(({ key, notes = [], unlikeThis }) => {
    const unlike = unlikeThis ? [`its this differs from the recorded one (${unlikeThis.join(', ')})`] : []
    return [...unlike, ...notes].map(note => `${key}: ${note}`)
  })
  const hidden = notes.length - mostNotes
  return hidden > 0 ? [...notes.slice(0, mostNotes), `… and ${showCount(hidden)} more`] : notes
}

function namesOf(calls: readonly MockedCall[]): string {
  const names = [...new Set(calls.map(({ key, name }) => (key === name ? key : `${key} ${name}`)))]
  return names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')}, …`
}

/** Differences in the calls of all items, most frequent first. */
export function callsOfAll(items: readonly ReplayItem[], most: number): string[] {
  const changes = commonCallChanges(items)
  const shown = changes
    .slice(0, most)
    .map(({ change, items }) => `${change}  in ${showCount(items)} ${items === 1 ? 'item' : 'items'}`)
  const hidden = changes.length - shown.length
  return hidden > 0 ? [...shown, `… and ${showCount(hidden)} more`] : shown
}

/** Total change over all items. */
export const deltasOf = ({ items }: ReplayReport): string =>
  line('against the recording', showDeltas(items).filter(isChange))

/** Counts of items per kind: `3 same`. */
export interface KindCount {
  readonly kind: ItemStatus
  readonly text: string
}

const kinds: readonly ItemStatus[] = ['same', 'changed', 'failed', 'unknown', 'stopped']

/** Number of items of each kind; rare kinds are omitted if there are none. */
export function itemCounts({ judged: { counts } }: ReportedReplay): KindCount[] {
  const shown = kinds.filter(kind => counts[kind] > 0 || (kind !== 'unknown' && kind !== 'stopped'))
  return shown.map(kind => ({ kind, text: `${showCount(counts[kind])} ${kind}` }))
}

/** Counts of mocked calls: `6 served, 0 drifted, 0 missed, 0 unused`. */
export function callsLine(summary: ReplaySummary): string {
  const { served, drifted, missed, unused, overridden, unknownInputs, unlikeThis = 0 } = summary
  const uncompared = `${showCount(unknownInputs)} of them with an input that cannot be compared`
  const calls = [
    `${showCount(served)} served${unknownInputs > 0 ? ` (${uncompared})` : ''}`,
    ...Object.entries({ drifted, missed, unused }).map(([what, count]) => `${showCount(count)} ${what}`),
    overridden > 0 && `${showCount(overridden)} overridden`,
    unlikeThis > 0 && `${showCount(unlikeThis)} on a different this`,
  ]
  return calls.filter(Boolean).join(', ')
}

/** Open questions: drifted calls, and changed items without an evaluator to judge them. */
export function openQuestions({ report: { summary }, judged: { counts } }: ReportedReplay): string[] {
  const kinds = (['changed', 'unknown'] as const).filter(kind => counts[kind] > 0)
  const isOpen = summary.pass && kinds.length > 0 && Object.keys(summary.scores).length === 0
  return [
    summary.drifted > 0 && 'drifted: got the recorded answer, though the input differs from the recorded one',
    isOpen &&
      `${kinds.join(' and ')}: not a failure, since no evaluator judges it (--evaluator same-output does)`,
  ].filter(each => each !== false)
}

/** Scores over all items, failing evaluators first. */
export function scoresOfAll({ summary }: ReplayReport, most: number): string[] {
  const scores = Object.entries(summary.scores).sort(([, a], [, b]) => Number(a.pass) - Number(b.pass))
  const shown = scores.slice(0, most).map(([name, score]) => summaryOf(name, score))
  const hidden = scores.slice(most)
  if (hidden.length === 0) return shown
  const failing = hidden.filter(([, { pass }]) => !pass).length
  const about = failing > 0 ? `${showCount(failing)} of them ✗` : 'all of them ✓'
  return [...shown, `… and ${showCount(hidden.length)} more evaluators, ${about}`]
}

/** One evaluator's scores over all items. */
export function summaryOf(name: string, summary: EvaluatorSummary): string {
  const { mean, count, threshold, passed, failed, errors, excused = 0, pass } = summary
  const facts = [
    count > 0 ? `mean ${showScore(mean)}${rangeOf(summary)}` : 'no score',
    threshold !== undefined && `threshold ${threshold}`,
    passed + failed > 0 && `${showCount(passed)} of ${showCount(passed + failed)} pass`,
    errors > 0 && `${showCount(errors)} without a score`,
    excused > 0 && `${showCount(excused)} not judged (before the change too)`,
  ]
  const isUnknown = count === 0 && errors === 0 && excused > 0
  return `${pass ? '✓' : isUnknown ? '?' : '✗'} ${name}  ${facts.filter(Boolean).join(', ')}`
}
