import { type JudgedItem, showBaseline, showCohort, showSpending } from '@runtape/replay/report'
import { showCount, showText } from '../terminal/show.ts'
import { callsOfAll, deltasOf, inputFact, itemFacts, summaryOf } from './facts.ts'
import type { ReportedReplay } from './reported-replay.ts'
import { shortDiff } from './short-diff.ts'
import { xmlAttributes, xmlText } from './xml.ts'

interface Case {
  readonly name: string
  readonly durationMs: number
  /** Problems, in one line and in full. */
  readonly failure?: { readonly type: string; readonly message: string; readonly text: string }
  /** Why its result is unknown. */
  readonly skipped?: string
  /** Other facts. */
  readonly facts: readonly string[]
}

// A server that reads the file holds all of it in memory.
const maxDiffs = 500
const maxProblems = 20
const problemWidth = 1000
const messageWidth = 200
const factWidth = 500

/**
 * One test case per item and per threshold, in the format of CI servers (https://github.com/testmoapp/junitxml), including those
 * that validate with the schema of Jenkins' xUnit plugin.
 */
export function junitReport(replay: ReportedReplay): string {
  const { key, report, shard } = replay
  const cases = [...itemCases(replay.judged.items), ...casesOfAll(replay)]
  const counts = {
    tests: cases.length,
    failures: cases.filter(({ failure }) => failure).length,
    errors: 0,
    time: seconds(cases.reduce((sum, { durationMs }) => sum + durationMs, 0)),
  }
  const skipped = cases.filter(each => each.skipped !== undefined).length
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${xmlAttributes({ name: 'runtape replay', ...counts })}>`,
    `  <testsuite${xmlAttributes({ name: key, ...counts, skipped })}>`,
    `    <properties>${property('testRunId', report.testRunId)}${shard === undefined ? '' : property('shard', shard)}${report.cohort ? property('cohort', `${report.cohort.name}@${report.cohort.version}`) : ''}</properties>`,
    ...cases.map(each => caseElement(key, each)),
    ...outText('    ', suiteFacts(replay)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

const property = (name: string, value: string): string => `<property${xmlAttributes({ name, value })}/>`

function itemCases(items: readonly JudgedItem[]): Case[] {
  let diffs = 0
  return items.map(judged => itemCase(judged, judged.problems.length > 0 && ++diffs <= maxDiffs))
}

function itemCase({ item, status, problems }: JudgedItem, withDiff: boolean): Case {
  const { sourceTraceId, sourceSpanId, replay, reason = 'not known' } = item
  const diff = withDiff && status === 'changed' ? ['', ...shortDiff(item)] : []
  return {
    name: sourceSpanId === undefined ? sourceTraceId : `${sourceTraceId} ${sourceSpanId}`,
    durationMs: replay.durationMs ?? 0,
    ...failureOf(status, problems, diff),
    ...(status === 'stopped' && { skipped: 'stopped before its end' }),
    ...(status === 'unknown' && problems.length === 0 && { skipped: `unknown: ${reason}` }),
    facts: [...inputFact(item), ...itemFacts(item)],
  }
}

function failureOf(
  type: string,
  problems: readonly string[],
  diff: readonly string[],
): Pick<Case, 'failure'> {
  const [first] = problems
  if (first === undefined) return {}
  // The only part that many readers show.
  const change = diff.filter(line => /^[-+]/.test(line)).slice(0, 2)
  const message = showText([first, ...change].join('  '), messageWidth)
  const hidden = problems.length - maxProblems
  const shown = problems.slice(0, maxProblems).map(problem => showText(problem, problemWidth))
  const text = [...shown, ...(hidden > 0 ? [`… and ${showCount(hidden)} more`] : []), ...diff].join('\n')
  return { failure: { type, message, text } }
}

/** Checks over all items together. */
function casesOfAll({ report, judged }: ReportedReplay): Case[] {
  const asked = (name: string, problems: readonly string[]): Case => ({
    name,
    durationMs: 0,
    ...failureOf('failed', problems, []),
    facts: [],
  })
  const thresholds = Object.entries(report.summary.scores).flatMap(([name, score]) =>
    score.threshold === undefined
      ? []
      : [
          asked(
            `${name} has a mean of at least ${score.threshold}`,
            score.pass ? [] : [summaryOf(name, score)],
          ),
        ],
  )
  return [
    ...thresholds,
    ...(judged.missing.length > 0 ? [asked('all traces are replayed', judged.missing)] : []),
    ...Object.entries(report.summary.mustRun ?? {}).map(([key, { ran, isShard }]) =>
      asked(
        `${key} runs`,
        ran > 0 || isShard ? [] : judged.unreached.filter(each => each.startsWith(`'${key}' `)),
      ),
    ),
    ...(report.outside.some(({ refused }) => refused)
      ? [asked('no call is made outside the replayed traces', judged.outside)]
      : []),
  ]
}

function suiteFacts({ report, judged }: ReportedReplay): string[] {
  const scores = Object.entries(report.summary.scores).map(([name, score]) => summaryOf(name, score))
  return [
    report.cohort ? showCohort(report.cohort) : '',
    ...showBaseline(report.summary),
    deltasOf(report),
    ...showSpending(report.spending),
    ...callsOfAll(report.items, 20),
    ...scores,
    ...judged.outside,
  ].filter(Boolean)
}

function caseElement(key: string, { name, durationMs, failure, skipped, facts }: Case): string {
  const open = `    <testcase${xmlAttributes({ classname: key, name, time: seconds(durationMs) })}`
  const inside = [
    ...(skipped === undefined
      ? []
      : [`      <skipped${xmlAttributes({ message: showText(skipped, messageWidth) })}/>`]),
    ...(failure
      ? [
          `      <failure${xmlAttributes({ type: failure.type, message: failure.message })}>${xmlText(failure.text)}</failure>`,
        ]
      : []),
    ...outText('      ', facts),
  ]
  return inside.length === 0 ? `${open}/>` : [`${open}>`, ...inside, '    </testcase>'].join('\n')
}

function outText(indent: string, facts: readonly string[]): string[] {
  if (facts.length === 0) return []
  const shown = facts.map(fact => showText(fact, factWidth)).join('\n')
  return [`${indent}<system-out>${xmlText(shown)}</system-out>`]
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3)
