import { memoryStore } from '@runtape/testing'
import { currentSpan } from '@runtape/trace'
import { expect, test } from 'vitest'
import { recording } from '../../../test/recording.ts'
import { replay } from '../../run/replay.ts'
import { htmlReport } from './html-report.ts'
import { style } from './page-style.ts'

test('the page without data is small', async () => {
  const page = await htmlReport(await emptyReport())
  expect(Buffer.byteLength(page)).toBeLessThan(20_000)
  expect(page).toContain(style)
})

test('invisible characters are also named in the title, and Persian and emoji stay intact', async () => {
  const title = 'Replay of \u202Eevil\u200B, می‌خواهم 👨‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿'
  const page = await htmlReport(await emptyReport(), { title })
  const shown = 'Replay of &lt;U+202E&gt;evil&lt;U+200B&gt;, می‌خواهم 👨‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿'
  expect(page).toContain(`<title>${shown}</title>`)
  expect(page).toContain(`<h1>${shown}</h1>`)
})

test('for a call in the middle of a trace, its children are shown next to those of its replay', async () => {
  const { store, tracer, keep } = recording()
  const inner = tracer.traced('inner', (text: string) => text)
  const middle = tracer.traced('middle', (text: string) => inner(text))
  const beside = tracer.traced('beside', (text: string) => text)
  const outer = tracer.traced('outer', (text: string) => beside(middle(text)))
  outer('x')
  await keep()
  const [summary] = (await store.traces.list()).items
  const trace = await store.traces.get(summary?.traceId ?? '')
  const { traceId = '', spanId = '' } = trace?.spans.find(({ key }) => key === 'middle') ?? {}
  const page = await htmlReport(await replay(middle, { store, spans: [{ traceId, spanId }] }), { store })
  const keys = Array.from(page.matchAll(/<span class="key">(.*?)<\/span>/g), ([, key]) => key)
  expect(keys).toEqual(['middle', 'inner'])
  expect(page).toContain(`its span ${spanId}`)
  expect(page).not.toContain('class="mark')
})

test('a dropped call is shown as such, without value and time', async () => {
  const { store, tracer, keep } = recording()
  const secret = tracer.traced('secret', (_pin: string) => currentSpan()?.drop())
  const outer = tracer.traced('outer', (text: string) => {
    secret('pin 4242')
    return text
  })
  outer('x')
  await keep()
  const page = await htmlReport(await replay(outer, { store, mock: 'none' }), { store })
  const lines = page.match(/<li class="[^"]*"><div class="line in-1">.*?<\/li>/s)?.[0]
  expect(lines).toContain('<span class="key">secret</span>')
  expect(lines?.match(/<span class="ending">dropped<\/span>/g)).toHaveLength(2)
  expect(lines).not.toMatch(/\bms\b/)
  expect(page).not.toContain('pin 4242')
})

test('the change in usage is shown on the line of an item that did not fail', async () => {
  const report = await emptyReport()
  const [item] = report.items
  if (!item) throw new Error('no item')
  const replayed = { durationMs: 1, tokens: { input: 90, output: 6, total: 96 } }
  const delta = { tokens: -24, costNanoUsd: null, durationMs: null }
  const shorter = { ...item, tokens: { input: 100, output: 20, total: 120 }, replay: replayed, delta }
  const lineOf = async (fields: object) =>
    (await htmlReport({ ...report, items: [{ ...shorter, ...fields }] })).match(
      /<span class="numbers">.*<\/span>/,
    )?.[0]
  expect(await lineOf({})).toContain('90 → 6 tokens <small>−20 %</small>')
  expect(await lineOf({ error: 'broke', same: false })).not.toContain('%')
})

test('a passing page names the outputs that no evaluator judged', async () => {
  const report = await emptyReport()
  const [item] = report.items
  if (!item) throw new Error('no item')
  const sentenceOf = async (outcomes: readonly ('same' | 'changed' | 'unknown')[], scores = {}) => {
    const items = outcomes.map(outcome => ({ ...item, outcome, same: outcome === 'same' }))
    const page = await htmlReport({ ...report, items, summary: { ...report.summary, scores } })
    return /<div class="outcome \w+"><p>(.*)<\/p>/.exec(page)?.[1]
  }
  const passes = '✓ The replay passes.'
  expect(await sentenceOf(['same'])).toBe(passes)
  expect(await sentenceOf(['changed', 'changed'])).toBe(
    `${passes} No evaluator judged the outputs: 2 changed.`,
  )
  expect(await sentenceOf(['changed', 'unknown'])).toBe(
    `${passes} No evaluator judged the outputs: 1 changed and 1 unknown.`,
  )
  const judged = {
    mean: 1,
    min: 1,
    max: 1,
    deviation: 0,
    count: 1,
    passed: 1,
    failed: 0,
    errors: 0,
    pass: true,
  }
  expect(await sentenceOf(['changed'], { polite: judged })).toBe(passes)
})

test('a failed item shows the reason before it is opened', async () => {
  const report = await emptyReport()
  const [item] = report.items
  if (!item) throw new Error('no item')
  const failed = {
    ...item,
    outcome: 'failed' as const,
    same: false,
    error: 'broke',
    reason: 'no <b>order</b>',
  }
  const page = await htmlReport({ ...report, items: [failed] })
  expect(page).toMatch(/<summary>.*<span class="why">no &lt;b&gt;order&lt;\/b&gt;<\/span><\/summary>/s)
  expect(await htmlReport(report)).not.toContain('class="why"')
})

test('ten thousand items form a page, with the trees of the important ones', async () => {
  const store = memoryStore()
  const report = await emptyReport()
  const [item] = report.items
  if (!item) throw new Error('no item')
  const items = Array.from({ length: 10_000 }, (_, index) => ({
    ...item,
    result: index % 100 === 0 ? 'other' : item.result,
    outcome: index % 100 === 0 ? ('changed' as const) : ('same' as const),
    same: index % 100 !== 0,
  }))
  const page = await htmlReport({ ...report, items }, { store })
  expect(page.match(/<details class="item /g)).toHaveLength(10_000)
  expect(page.match(/<details class="item changed/g)).toHaveLength(100)
})

async function emptyReport() {
  const { store, tracer, keep } = recording()
  const answer = tracer.traced('a', (text: string) => text)
  answer('x')
  await keep()
  return replay(answer, { store })
}
