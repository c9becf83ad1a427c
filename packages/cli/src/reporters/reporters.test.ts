import { RuntapeError } from '@runtape/core'
import { type ReplayItem, sameOutput } from '@runtape/replay'
import { assessReport, showValue } from '@runtape/replay/report'
import { memoryStore } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { xmlProblems } from '../../test/junit-schema.ts'
import { junitReport } from './junit.ts'
import { markdownReport } from './markdown.ts'
import { prettyReport } from './pretty.ts'
import type { ReportedReplay } from './reported-replay.ts'

const noMocks = { served: [], drifted: [], missed: [], unused: [], overridden: [] }

function replayOf(key: string, items: readonly Partial<ReplayItem>[], scores = {}): ReportedReplay {
  const whole = items.map((item): ReplayItem => {
    const isEqual = item.error === undefined && item.result === item.originalOutput
    const outcome = isEqual ? 'same' : (item.error ?? null) === null ? 'changed' : 'failed'
    return {
      sourceTraceId: 'abc',
      input: [],
      result: undefined,
      originalOutput: undefined,
      error: null,
      originalError: null,
      durationMs: 1,
      tokens: null,
      model: null,
      traceId: null,
      replay: { durationMs: 1500, tokens: null },
      scores: {},
      outcome,
      same: isEqual,
      mocks: noMocks,
      ...item,
    }
  })
  const calls = { served: 0, drifted: 0, missed: 0, unused: 0, overridden: 0, unknownInputs: 0 }
  const counts = {
    ...calls,
    completed: 0,
    failed: 0,
    same: 0,
    changed: 0,
    unknown: 0,
    notRun: 0,
    scores,
    pass: true,
  }
  const report = {
    testRunId: 't',
    testRunUrl: null,
    status: 'completed' as const,
    outside: [],
    items: whole,
    summary: { total: whole.length, ...counts },
  }
  const about = { shard: undefined, store: memoryStore() } as const
  return { key, report, judged: assessReport(report), ...about }
}

/** An item in which every free text is this one. */
function hostileItem(text: string): Partial<ReplayItem> {
  const call = { key: text, name: `${text}${text}`, input: [text], reason: text }
  const difference = { key: text, name: text, parentKey: text }
  const attempt = { result: text, error: text, traceId: null, replay: { durationMs: 1, tokens: null } }
  return {
    sourceTraceId: text,
    result: text,
    originalOutput: `${text} then`,
    originalError: null,
    scores: { [text]: { score: 0.5, pass: false, reasoning: text } },
    scoreErrors: { [`${text}2`]: text },
    spread: { [text]: { mean: 0.5, min: 0, max: 1, deviation: 0.5, count: 2 } },
    mocks: { served: [call], drifted: [call], missed: [call], unused: [call], overridden: [call] },
    diff: {
      added: [difference],
      removed: [difference],
      reordered: [difference],
      changed: [{ ...difference, changed: ['input'] }],
    },
    attempts: [{ ...attempt, scores: {}, mocks: noMocks, outcome: 'changed', same: false }],
    verdict: { pass: false, by: text, comment: text },
  }
}

const stoppedFromOutside = () =>
  new RuntapeError('replay-stopped', 'The replay was stopped.', { cause: new Error('enough') })

const summary = { mean: 0.5, min: 0, max: 1, deviation: 0, count: 2, passed: 1, failed: 1, errors: 1 }
const unmet = (text: string) => ({ [text]: { ...summary, threshold: 0.9, pass: false } })

describe('JUnit', () => {
  test('has a case per item, with its failures', () => {
    const xml = junitReport(replayOf('k', [{}, { error: 'broke', thrown: new Error('broke') }]))
    expect(xml).toContain('<testsuite name="k" tests="2" failures="1" errors="0" time="3.000" skipped="0">')
    expect(xml).toContain('<testcase classname="k" name="abc" time="1.500"/>')
    expect(xml).toContain('<failure type="failed" message="broke">broke</failure>')
  })

  test('accepts any text, and names characters invalid in XML', () => {
    const error = ']]></failure><x a="1">&amp;\u0000\u001b[31m\uD800\uFFFE\u202E\nend'
    const xml = junitReport(replayOf('<"k">', [{ error }]))
    const shown =
      ']]&gt;&lt;/failure&gt;&lt;x a=&quot;1&quot;&gt;&amp;amp;␀␛[31m\uFFFD\uFFFD&lt;U+202E&gt; end'
    expect(xml).toContain(`<failure type="failed" message="${shown}">${shown}</failure>`)
    expect(xml).toContain('<testsuite name="&lt;&quot;k&quot;&gt;"')
    expect(xmlProblems(xml)).toEqual([])
  })

  test('never turns text into an element', () => {
    const text = ']]></system-out></testcase><evil a="1"/>'
    const xml = junitReport(replayOf(text, [hostileItem(text)], unmet(text)))
    const tags = new Set(Array.from(xml.matchAll(/<\/?([\w-]+)/g), ([, tag]) => tag))
    expect([...tags].sort()).toEqual([
      'failure',
      'properties',
      'property',
      'system-out',
      'testcase',
      'testsuite',
      'testsuites',
    ])
    expect(xmlProblems(xml)).toEqual([])
  })

  test('matches the strict schema of the Jenkins xUnit plugin, with every kind of item', () => {
    const failing = { 'same-output': { score: 0, pass: false } }
    const items = [
      {},
      { error: 'broke' },
      { result: 1, originalOutput: 2, scores: failing },
      { outcome: 'unknown' as const, reason: 'not comparable: a Response' },
      { outcome: 'unknown' as const, reason: 'lossy', scoreErrors: { 'same-output': 'lossy' } },
      { thrown: stoppedFromOutside(), error: 'stopped', outcome: 'unknown' as const },
      { sourceSpanId: 'abc', replay: { durationMs: null, tokens: null } },
    ]
    const xml = junitReport({ ...replayOf('k', items, unmet('polite')), shard: '1/4' })
    expect(xmlProblems(xml)).toEqual([])
    expect(xml).toContain('<testsuites name="runtape replay" tests="9" failures="5" errors="0" time="9.000">')
    expect(xml).toContain('failures="5" errors="0" time="9.000" skipped="2">')
  })

  test('an unknown item is skipped with the reason, or fails if judged', () => {
    const unknown = { outcome: 'unknown' as const, reason: 'not comparable: a Response' }
    expect(junitReport(replayOf('k', [unknown]))).toContain(
      '<skipped message="unknown: not comparable: a Response"/>',
    )
    const judged = junitReport(
      replayOf('k', [{ ...unknown, scoreErrors: { 'same-output': unknown.reason } }]),
    )
    expect(judged).toContain(
      '<failure type="unknown" message="same-output returned no score: not comparable: a Response">',
    )
    expect(judged).not.toContain('<skipped')
  })

  test('a failing changed output is shown as a diff', () => {
    const lines = Array.from({ length: 100 }, (_, at) => `line ${at}`)
    const originalOutput = lines.join('\n')
    const result = lines.with(50, 'another line').join('\n')
    const scores = { 'same-output': { score: 0, pass: false } }
    const xml = junitReport(replayOf('k', [{ result, originalOutput, scores }]))
    const diff = ['', '  line 48', '  line 49', '- line 50', '+ another line', '  line 51', '  line 52']
    expect(xml).toContain(
      `<failure type="changed" message="same-output: 0  - line 50  + another line">same-output: 0${diff.map(line => `\n${line}`).join('')}</failure>`,
    )
  })

  test('a large error, output or list of problems is truncated, and shown once', () => {
    const large = `broke ${'x'.repeat(5_000_000)}`
    expect(junitReport(replayOf('k', [{ error: large }])).length).toBeLessThan(3000)
    const scores = { 'same-output': { score: 0, pass: false } }
    const changed = { result: `${large}\n`.repeat(3), originalOutput: 'small', scores }
    expect(junitReport(replayOf('k', [changed])).length).toBeLessThan(3000)
    const problems = Object.fromEntries(
      Array.from({ length: 5000 }, (_, at) => [`judge ${at}`, large.slice(0, 3000)]),
    )
    const many = junitReport(replayOf('k', [{ scoreErrors: problems }]))
    expect(many).toContain('… and 4,980 more')
    expect(many.length).toBeLessThan(30_000)
  })
})

describe('Markdown', () => {
  test('shows changes as a diff that no text can break out of', () => {
    const result = 'now\n````\n</details><img src=x>\n```'
    const markdown = markdownReport(replayOf('k', [{ result, originalOutput: 'then' }]))
    expect(markdown).toContain('\n`````diff\n- then\n+ now\n+ ````\n+ </details><img src=x>\n+ ```\n`````\n')
  })

  const large = `${'a large line of an output\n'.repeat(200)}`
  const changed = (id: number): Partial<ReplayItem> => ({
    sourceTraceId: `changed-${id}`,
    result: `${large}${id}`,
    originalOutput: large.replaceAll('large', 'small'),
  })

  test('fits into a comment, and counts the omitted items', () => {
    const items = Array.from({ length: 5000 }, (_, id) => changed(id))
    const markdown = markdownReport(replayOf('k', items))
    expect(markdown.length).toBeLessThan(65_536)
    expect(markdown).toMatch(/… and [\d,]+ more\.\n$/)
    // Many of the others are still listed by name.
    expect(markdown.match(/^- changed: `changed-\d+`$/gm)?.length).toBeGreaterThan(300)
  })

  test('shows failed items first, then unknown, then changed ones', () => {
    const items = [
      ...Array.from({ length: 60 }, (_, id) => changed(id)),
      { sourceTraceId: 'unknown', outcome: 'unknown' as const, reason: 'not comparable' },
      { sourceTraceId: 'failed', error: 'broke' },
    ]
    const markdown = markdownReport(replayOf('k', items))
    const order = Array.from(markdown.matchAll(/<summary>(\w+): <code>/g), ([, kind]) => kind)
    expect(order.slice(0, 3)).toEqual(['failed', 'unknown', 'changed'])
    expect(markdown).toContain('- `broke`')
    expect(markdown).toContain('`unknown: not comparable`')
    expect(markdown.length).toBeLessThan(65_536)
  })

  test.each([
    ['400 evaluators', 'judge'],
    ['400 evaluators with long names', 'a judge of this and that '.repeat(40)],
    ['400 evaluators with names of few visible characters', '👨‍👩‍👧‍👦`'.repeat(300)],
  ])('fits with %s, failing ones first', (_, name) => {
    const scores = Object.fromEntries(
      Array.from({ length: 400 }, (_, at) => [`${at} ${name}`, { ...summary, pass: at !== 399 }]),
    )
    const items = Array.from({ length: 100 }, (_, id) => changed(id))
    const markdown = markdownReport(replayOf(name, items, scores))
    expect(markdown.length).toBeLessThan(65_536)
    expect(markdown).toMatch(/^- `✗ 399 /m)
    expect(markdown).toContain('- and ')
  })

  test('fits with large problems, names, calls and errors', () => {
    const text = 'x'.repeat(100_000)
    const item = {
      ...hostileItem(text),
      scoreErrors: Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`${at}${text}`, text])),
    }
    const markdown = markdownReport(replayOf(text, [item, { error: text }], unmet(text)))
    expect(markdown.length).toBeLessThan(65_536)
    expect(markdown).toContain('failed: ')
  })

  test('names invisible characters', () => {
    const markdown = markdownReport(
      replayOf('k\u202E', [{ sourceTraceId: 'a\u200B', result: 'x\u2066', originalOutput: 'y' }]),
    )
    expect(markdown).toContain('`k<U+202E>`')
    expect(markdown).toContain('a&#60;U&#43;200B&#62;')
    expect(markdown).toContain('+ x<U+2066>')
    expect(markdown).not.toMatch(/[\u202E\u200B\u2066]/)
  })

  test('omits items that are the same', () => {
    expect(markdownReport(replayOf('k', [{ result: 1, originalOutput: 1 }]))).not.toContain('<details>')
  })

  test('shows recorded text only as code', () => {
    const text = '`</details><img src=x>\n## Title\n[a](javascript:b) | x |'
    const markdown = markdownReport(replayOf(text, [hostileItem(text)], unmet(text)))
    // Without inline and fenced code, only the report's own text remains.
    const own = markdown.replaceAll(/^(`{3,})diff\n[\s\S]*?^\1$/gm, '').replaceAll(/`[^`\n]*`/g, '')
    expect(own).not.toMatch(/<img|^#+ Title|\]\(javascript|\| x/m)
  })
})

describe('the terminal', () => {
  test('escapes recorded control characters', () => {
    const text = '\u001b]0;owned\u0007\u001b[2J\u202Eevil\nline'
    const replay = replayOf(text, [hostileItem(text)], unmet(text))
    const plain = prettyReport({ ...replay, shard: text, report: { ...replay.report, testRunId: text } })
    expect([...'\u001b\u0007\u202E'].filter(character => plain.includes(character))).toEqual([])
  })

  test('shows some of a thousand changed items, and counts the others', () => {
    const items = Array.from({ length: 1000 }, () => ({ result: 1, originalOutput: 2 }))
    const shown = prettyReport(replayOf('k', items))
    expect(shown).toContain('… and 900 more items: --reporter html shows them all.')
    expect(shown.split('\n').length).toBeLessThan(600)
  })

  test('a mean without scores is shown as no score', () => {
    const none = { mean: Number.NaN, min: Number.NaN, max: Number.NaN, count: 0, passed: 0, failed: 0 }
    const scores = { [sameOutput().name]: { ...summary, ...none, pass: false } }
    const shown = prettyReport(replayOf('k', [{}], scores))
    expect(shown).toContain('✗ same-output  no score, 1 without a score')
    expect(shown).not.toContain('NaN')
  })
})

test('a call after the answer that was not seen is reported, even if the item is the same', () => {
  const notSeen = [{ key: 'mails.send', name: 'mails.send', parentKey: 'support.answer', sourceSpanId: 's' }]
  const diff = { added: [], removed: [], reordered: [], changed: [], notSeen }
  const replay = replayOf('support.answer', [{ diff }, { diff }])
  for (const report of [prettyReport, markdownReport, junitReport])
    expect(report(replay)).toContain('mails.send: called after the function returned, not seen  in 2 items')
})

test('a method called on another object, and another kind of result, are reported', () => {
  const call = { key: 'charge', name: 'charge', unlikeThis: ['id'] }
  const reason = 'it returned a promise, and the recorded call a value'
  const item: Partial<ReplayItem> = {
    outcome: 'changed',
    reason,
    same: false,
    mocks: { ...noMocks, served: [call] },
  }
  const replay = replayOf('support.answer', [item])
  for (const report of [prettyReport, markdownReport, junitReport]) {
    expect(report(replay)).toContain(`changed: ${reason}`)
    expect(report(replay)).toContain('charge: its this differs from the recorded one (id)')
  }
  const counted = {
    ...replay,
    report: { ...replay.report, summary: { ...replay.report.summary, unlikeThis: 1 } },
  }
  for (const report of [prettyReport, markdownReport])
    expect(report(counted)).toContain('1 on a different this')
})

const responses: [string, unknown, unknown] = [
  'responses',
  new Response('ok'),
  Response.json('DENIED', { status: 500 }),
]

test.each<[string, unknown, unknown]>([
  // Node 22 prints the internals of a response, so there the difference of the bodies is visible.
  ...(showValue(new Response('ok')).includes("'ok'") ? [] : [responses]),
  ['headers', new Headers({ a: '1' }), new Headers({ a: '2' })],
  ['a value changed after it was returned', [1, 2], [1, 2]],
])('a changed item without a visible difference says so: %s', (_what, originalOutput, result) => {
  const replay = replayOf('fn', [{ originalOutput, result }], { 'same-output': 0 })
  for (const report of [prettyReport, markdownReport])
    expect(report(replay)).toContain('They look equal here')
  const shown = replayOf('fn', [{ originalOutput: 1, result: 2 }])
  for (const report of [prettyReport, markdownReport]) expect(report(shown)).not.toContain('look alike')
})

describe('calls that drifted', () => {
  const call = { key: 'refunds.issue', name: 'refunds.issue' }
  const drifted = (recordedInput: unknown, input: unknown) =>
    replayOf('k', [
      {
        outcome: 'changed',
        mocks: { ...noMocks, drifted: [{ ...call, recordedInput: [recordedInput], input: [input] }] },
      },
    ])

  test.each<[string, unknown, unknown, string]>([
    ['a field', { order: 'A', amount: 12 }, { order: 'A', amount: 40 }, '- amount: 12  + amount: 40'],
    ['a value alone', 1, 2, '- 1  + 2'],
    ['a field more', { a: 1 }, { a: 1, b: 2 }, '+ b: 2'],
    [
      'the end of a long prompt',
      { content: `${'You are an agent. '.repeat(50)}Be brief.` },
      { content: `${'You are an agent. '.repeat(50)}Say sorry.` },
      "- …. You are an agent. Be brief.'  + …. You are an agent. Say sorry.'",
    ],
  ])('are shown with the difference of their input: %s', (_what, recordedInput, input, shown) => {
    for (const report of [prettyReport, markdownReport, junitReport])
      expect(report(drifted(recordedInput, input)).replaceAll('&apos;', "'")).toContain(
        `input of refunds.issue: ${shown}`,
      )
  })

  test('are explained below the counts, even if every item is the same', () => {
    const replay = replayOf('k', [{}])
    const { report } = replay
    const one = { ...replay, report: { ...report, summary: { ...report.summary, drifted: 1 } } }
    const said = 'drifted: got the recorded answer, though the input differs from the recorded one'
    for (const each of [prettyReport, markdownReport]) {
      expect(each(one)).toContain(said)
      expect(each(replay)).not.toContain(said)
    }
  })

  test('take one line each, whatever their size and number', () => {
    const list = Array.from({ length: 500 }, (_, at) => ({ at, text: 'x'.repeat(1000) }))
    const replay = drifted(list, list.toReversed())
    for (const report of [prettyReport, markdownReport, junitReport])
      expect(report(replay).length).toBeLessThan(3000)
  })
})

test('unchanged values are omitted: zero extra tokens, no range of a single score', () => {
  const delta = { tokens: 0, costNanoUsd: null, durationMs: null }
  const tokens = { input: 1, output: 1, total: 2 }
  const one = { ...summary, min: 0.5, errors: 0, max: 0.5 }
  const replay = replayOf('k', [{ result: 1, originalOutput: 2, delta, tokens }], { polite: one })
  for (const report of [prettyReport, markdownReport, junitReport]) {
    expect(report(replay)).not.toContain('against the recording')
    expect(report(replay)).toContain('polite  mean 0.5, 1 of 2 pass')
  }
  const more = replayOf('k', [{ result: 1, originalOutput: 2, delta: { ...delta, tokens: 2 }, tokens }])
  for (const report of [prettyReport, markdownReport, junitReport])
    expect(report(more)).toContain('against the recording: +2 tokens (+100 %)')
})

test('changed items without an evaluator are reported as no failure', () => {
  const changed = { result: 1, originalOutput: 2 }
  const note = 'not a failure, since no evaluator judges it'
  for (const report of [prettyReport, markdownReport]) {
    expect(report(replayOf('k', [changed]))).toContain(`changed: ${note}`)
    expect(report(replayOf('k', [changed, { outcome: 'unknown', reason: 'lossy' }]))).toContain(
      `changed and unknown: ${note}`,
    )
    expect(report(replayOf('k', [{}]))).not.toContain(note)
    expect(report(replayOf('k', [changed], { polite: { ...summary, pass: true } }))).not.toContain(note)
  }
})
