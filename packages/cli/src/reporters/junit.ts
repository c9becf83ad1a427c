import type { JudgedItem } from '@runtape/replay/report'
import type { ReportedReplay } from '../reporters.ts'
import { callsOfAll, deltasOf, itemFacts, summaryOf } from './facts.ts'

interface Case {
  readonly name: string
  readonly durationMs: number
  readonly problems: readonly string[]
  /** It was stopped before its end. */
  readonly isStopped?: boolean
  /** What else there is to say. */
  readonly facts: readonly string[]
}

/** A test case per item, and per threshold, as CI servers read them: https://github.com/testmoapp/junitxml. */
export function junitReport(replay: ReportedReplay): string {
  const { key, report } = replay
  const cases = [...replay.judged.items.map(itemCase), ...casesOfAll(replay)]
  const failures = cases.filter(({ problems }) => problems.length > 0).length
  const time = seconds(cases.reduce((sum, { durationMs }) => sum + durationMs, 0))
  const skipped = cases.filter(({ isStopped }) => isStopped).length
  const counts = `tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}" time="${time}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="runtape replay" ${counts}>`,
    `  <testsuite name="${escape(key)}" ${counts}>`,
    `    <properties>${property('testRunId', report.testRunId)}${replay.shard === undefined ? '' : property('shard', replay.shard)}</properties>`,
    ...cases.map(each => testCase(key, each)),
    ...outText('    ', suiteFacts(replay)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

const property = (name: string, value: string): string =>
  `<property name="${name}" value="${escape(value)}"/>`

const itemCase = ({ item, status, problems }: JudgedItem): Case => ({
  name: item.sourceSpanId === undefined ? item.sourceTraceId : `${item.sourceTraceId} ${item.sourceSpanId}`,
  durationMs: item.replay.durationMs ?? 0,
  problems,
  isStopped: status === 'stopped',
  facts: itemFacts(item),
})

/** What is asked of all items together. */
function casesOfAll({ report, judged }: ReportedReplay): Case[] {
  const { scores } = report.summary
  const asked = (name: string, problems: readonly string[]): Case => ({
    name,
    problems,
    durationMs: 0,
    facts: [],
  })
  return [
    ...Object.entries(scores).flatMap(([name, score]) =>
      score.threshold === undefined
        ? []
        : [
            asked(
              `${name} at least ${score.threshold} in the mean`,
              score.pass ? [] : [summaryOf(name, score)],
            ),
          ],
    ),
    ...(judged.missing.length > 0 ? [asked('all traces are replayed', judged.missing)] : []),
  ]
}

function suiteFacts({ report }: ReportedReplay): string[] {
  const scores = Object.entries(report.summary.scores).map(([name, score]) => summaryOf(name, score))
  return [deltasOf(report), ...callsOfAll(report.items, 20), ...scores].filter(Boolean)
}

function testCase(key: string, { name, durationMs, problems, isStopped, facts }: Case): string {
  const open = `    <testcase classname="${escape(key)}" name="${escape(name)}" time="${seconds(durationMs)}"`
  const inside = [
    ...(isStopped ? ['      <skipped message="stopped before its end"/>'] : []),
    ...failureOf(problems),
    ...outText('      ', facts),
  ]
  return inside.length === 0 ? `${open}/>` : [`${open}>`, ...inside, '    </testcase>'].join('\n')
}

function failureOf(problems: readonly string[]): string[] {
  const [first] = problems
  if (first === undefined) return []
  return [`      <failure message="${escape(first)}">${escape(problems.join('\n'))}</failure>`]
}

const outText = (indent: string, facts: readonly string[]): string[] =>
  facts.length === 0 ? [] : [`${indent}<system-out>${escape(facts.join('\n'))}</system-out>`]

const seconds = (ms: number): string => (ms / 1000).toFixed(3)

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
}

/** Text in XML 1.0: what it has no place for (most control characters, half characters) is replaced. */
const escape = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[^\P{Cc}\t\n]|[\uFFFE\uFFFF]/gu, '\uFFFD')
    .replaceAll(/[&<>"\n\t]/g, character => entities[character] ?? '')
