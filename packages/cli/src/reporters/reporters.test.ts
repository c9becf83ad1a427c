import type { ReplayItem } from '@runtape/replay'
import { judgeItem } from '@runtape/replay/report'
import { memoryStore } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import type { ReportedReplay } from '../reporters.ts'
import { junitReport } from './junit.ts'
import { markdownReport } from './markdown.ts'

const noMocks = { served: [], drifted: [], missed: [], unused: [], overridden: [] }

function replayOf(key: string, items: readonly Partial<ReplayItem>[]): ReportedReplay {
  const whole = items.map(
    (item): ReplayItem => ({
      sourceTraceId: 'abc',
      input: [],
      result: undefined,
      originalOutput: undefined,
      error: null,
      originalError: null,
      same: false,
      durationMs: 1,
      tokens: null,
      model: null,
      traceId: null,
      replay: { durationMs: 1500, tokens: null },
      scores: {},
      mocks: noMocks,
      ...item,
    }),
  )
  const calls = { served: 0, drifted: 0, missed: 0, unused: 0, overridden: 0 }
  const counts = { ...calls, completed: 0, failed: 0, same: 0, changed: 0, notRun: 0, scores: {}, pass: true }
  const report = {
    testRunId: 't',
    testRunUrl: null,
    status: 'completed' as const,
    items: whole,
    summary: { total: whole.length, ...counts },
  }
  return { key, report, judged: whole.map(item => judgeItem(item)), store: memoryStore() }
}

describe('JUnit', () => {
  test('has a case per item, with what speaks against the code', () => {
    const xml = junitReport(replayOf('k', [{}, { error: 'broke', thrown: new Error('broke') }]))
    expect(xml).toContain('<testsuite name="k" tests="2" failures="1" errors="0" time="3.000">')
    expect(xml).toContain('<testcase classname="k" name="abc" time="1.500"/>')
    expect(xml).toContain('<failure message="broke">broke</failure>')
  })

  test('holds any text: what XML has no place for is replaced', () => {
    const error = ']]></failure><x a="1">&amp;\u0000\u001b[31m\uD800\nend'
    const xml = junitReport(replayOf('<"k">', [{ error }]))
    const shown = ']]&gt;&lt;/failure&gt;&lt;x a=&quot;1&quot;&gt;&amp;amp;\uFFFD\uFFFD[31m\uFFFD&#10;end'
    expect(xml).toContain(`<failure message="${shown}">${shown}</failure>`)
    expect(xml).toContain('<testsuite name="&lt;&quot;k&quot;&gt;"')
  })
})

describe('Markdown', () => {
  test('shows what changed as a diff that no text can leave', () => {
    const result = 'now\n````\n</details><img src=x>\n```'
    const markdown = markdownReport(replayOf('k', [{ result, originalOutput: 'then' }]))
    expect(markdown).toContain('\n`````diff\n- then\n+ now\n+ ````\n+ </details><img src=x>\n+ ```\n`````\n')
  })

  test('fits into a comment, and says how many items did not', () => {
    const items = Array.from({ length: 100 }, () => ({ result: 'x'.repeat(5000), originalOutput: 'y' }))
    const markdown = markdownReport(replayOf('k', items))
    expect(markdown.length).toBeLessThan(65_536)
    expect(markdown).toMatch(/… and \d+ more\.\n$/)
  })

  test('leaves out what is the same', () => {
    expect(markdownReport(replayOf('k', [{ result: 1, originalOutput: 1 }]))).not.toContain('<details>')
  })
})
