import type { JudgedItem } from '@runtape/replay/report'
import type { ReportedReplay } from '../reporters.ts'

/** A test case per item, as CI servers read them: https://github.com/testmoapp/junitxml. */
export function junitReport({ key, report, judged }: ReportedReplay): string {
  const failures = judged.filter(({ problems }) => problems.length > 0).length
  const time = seconds(judged.reduce((sum, { item }) => sum + (item.replay.durationMs ?? 0), 0))
  const counts = `tests="${judged.length}" failures="${failures}" errors="0" time="${time}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="runtape replay" ${counts}>`,
    `  <testsuite name="${escape(key)}" ${counts}>`,
    `    <properties><property name="testRunId" value="${escape(report.testRunId)}"/></properties>`,
    ...judged.map(each => testCase(key, each)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function testCase(key: string, { item, problems }: JudgedItem): string {
  const name = `    <testcase classname="${escape(key)}" name="${escape(item.sourceTraceId)}" time="${seconds(item.replay.durationMs ?? 0)}"`
  const [first] = problems
  if (first === undefined) return `${name}/>`
  const failure = `      <failure message="${escape(first)}">${escape(problems.join('\n'))}</failure>`
  return `${name}>\n${failure}\n    </testcase>`
}

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
