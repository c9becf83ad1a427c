import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { SpanRecord } from '@runtape/core'
import { memoryStore } from '@runtape/testing'
import { createTracer } from '@runtape/trace'
import { type DefaultTreeAdapterTypes, parse } from 'parse5'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sameOutput } from '../evaluators.ts'
import { replay } from '../replay.ts'
import { htmlReport } from './html-report.ts'
import { style } from './page-style.ts'

/** What a model might write to whoever reads its report. `here` is where an attack would call. */
const attacks = (here: string): string[] => [
  `</pre><script>fetch('${here}/script')</script>`,
  `<img src="${here}/img" onerror="fetch('${here}/onerror')">`,
  `"><svg onload="fetch('${here}/svg')">`,
  `' onmouseover='alert(1)' autofocus onfocus='fetch("${here}/focus")' x='`,
  `--></style></title><script src="${here}/src"></script><!--`,
  `<iframe srcdoc="<script>fetch('${here}/frame')</script>"></iframe>`,
  `<meta http-equiv="refresh" content="0;url=${here}/meta">`,
  `<link rel="stylesheet" href="${here}/css"><style>@import url(${here}/import);</style>`,
  `<a href="javascript:fetch('${here}/href')" id="x">\`\${fetch('${here}/template')}\`</a>`,
  `<base href="${here}/"><form action="${here}/form"><button autofocus>`,
  '\u202Egnp.exe\u0000<script>',
]

/**
 * The page of a replay in which every text is one of the attacks: keys, names, inputs, outputs, errors, scores, models,
 * reasons. Calls are added, removed, reordered, changed, overridden and missed, attempts differ, thresholds are not met.
 */
async function hostilePage(texts: readonly string[]): Promise<string> {
  const text = (index: number) => texts[index % texts.length] ?? ''
  const { store, tracer, keep } = recording()
  let version = 'then'
  const isNow = () => version === 'now'
  const tool = tracer.traced(text(0), { name: text(1), mockOnReplay: true }, (given: string) => {
    if (given.length % 3 === 0) throw Object.assign(new Error(given), { name: given })
    return given
  })
  const live = tracer.traced(text(3), { name: text(4), type: 'model' }, (given: string) => [given, version])
  const gone = tracer.traced(text(5), { name: text(6) }, (given: string) => given)
  const overridden = tracer.traced(text(7), (given: string) => given)
  let attempt = 0
  const answer = tracer.traced(text(2), (given: string) => {
    const ask = (input: string) => {
      try {
        tool(input)
      } catch {}
    }
    const steps = [() => ask(given), () => live(given), () => void overridden(given)]
    for (const step of isNow() ? steps.reverse() : steps) step()
    if (!isNow()) gone(given)
    else for (const input of [`${given}${given}`, text(8), text(9)]) ask(input)
    if (isNow() && attempt++ % 2 === 0 && given.length % 2 === 0) throw new Error(given)
    return { [given]: [given, version, attempt] }
  })
  for (const each of texts) answer(each)
  await keep(span => (span.type === 'model' ? { ...span, model: text(0), usage } : span))
  version = 'now'
  const told = {
    name: text(3),
    evaluate: () => ({ score: attempt % 2, pass: false, reasoning: text(4) }),
  }
  const broken = {
    name: text(6),
    evaluate: () => {
      throw new Error(text(7))
    },
  }
  const options = {
    store,
    mock: 'marked',
    limit: 50,
    logger: { warn: () => {} },
    codeChangeDescription: text(5),
    experimentGroupId: text(6),
    codeChangeFiles: [{ path: text(7), before: text(8), after: text(9) }],
    overrides: { [text(7)]: text(8) },
    adaptInputs: ([input]: readonly unknown[]) => [input, text(9)],
    prices: { version: text(0), nanoUsd: () => 1e6 },
    thresholds: { [text(3)]: 2 },
    evaluators: [told, broken, sameOutput()],
  } as const
  const once = await replay(answer, options)
  const thrice = await replay(answer, { ...options, attempts: 3 })
  const [first] = once.items
  await store.testRuns.putVerdict(once.testRunId, first?.traceId ?? '', {
    pass: false,
    by: text(0),
    comment: text(1),
  })
  const broke = { ...store, traces: { ...store.traces, get: () => Promise.reject(new Error(text(2))) } }
  const url = { testRunUrl: `javascript:${text(2)}` }
  const pages = [
    await htmlReport({ ...once, ...url }, { store }),
    await htmlReport({ ...thrice, status: 'interrupted' }, { store, title: text(1) }),
    await htmlReport(once, { store: broke }),
  ]
  return pages.join('').replaceAll(/<!doctype html>/g, (doctype, at) => (at === 0 ? doctype : ''))
}

const usage = { input: 10, output: 2, total: 12 }

/** A store, and a tracer whose records are put into it by `keep`. */
function recording() {
  const store = memoryStore()
  const records: Parameters<typeof store.append>[0][number][] = []
  const tracer = createTracer({
    sink: { append: record => records.push(record), flush: async () => {}, close: async () => {} },
  })
  const keep = async (change: (span: SpanRecord) => SpanRecord = span => span) => {
    const kept = records.splice(0).map(record => (record.kind === 'span' ? change(record) : record))
    await store.append(kept)
  }
  return { store, tracer, keep }
}

type Node = DefaultTreeAdapterTypes.Node
type Element = DefaultTreeAdapterTypes.Element

function elementsOf(page: string): Element[] {
  const found: Element[] = []
  const waiting: Node[] = [parse(page)]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if ('tagName' in node) found.push(node)
    if ('childNodes' in node) waiting.push(...node.childNodes)
  }
  return found
}

describe('a page of hostile texts', () => {
  test('shows every kind of thing that a page can show', async () => {
    const page = await hostilePage(
      attacks('http://127.0.0.1:9').map(text => text.replaceAll(/[^a-z0-9]/gi, '.')),
    )
    const shown = [
      ...['added', 'removed', 'reordered', 'changed'].map(kind => `<span class="mark ${kind}">`),
      ...['overridden', 'from the tape'].map(tag => `<span class="tag">${tag}</span>`),
      ...['Attempts', 'Input, adapted', 'Scores', 'Against the recording', 'Mocked calls', 'Calls'],
      ...['not on the tape', 'answered by an override', 'never asked for', 'gave no score', '✗ not met'],
      ...[
        'does not pass',
        'Interrupted',
        'gave something else than the first',
        'The traces could not be read',
      ],
      ...['the mean of 3 attempts', '$0.0010', 'what '],
    ]
    expect(shown.filter(each => !page.includes(each))).toEqual([])
  })

  test('has the same elements and attributes as one of harmless texts', async () => {
    const shape = (page: string) => {
      const elements = elementsOf(page)
      const attributes = elements.flatMap(({ tagName, attrs }) =>
        attrs.map(({ name }) => `${tagName}.${name}`),
      )
      return [new Set(elements.map(({ tagName }) => tagName)), new Set(attributes)]
    }
    const hostile = attacks('http://127.0.0.1:9')
    const harmless = hostile.map(text => text.replaceAll(/[^a-z0-9]/gi, '.'))
    expect(shape(await hostilePage(hostile))).toEqual(shape(await hostilePage(harmless)))
  })

  test('has no script, no link, nothing that is loaded and no handler', async () => {
    const elements = elementsOf(await hostilePage(attacks('http://127.0.0.1:9')))
    const tags = new Set(elements.map(({ tagName }) => tagName))
    for (const tag of ['script', 'img', 'iframe', 'link', 'base', 'form', 'a', 'object'])
      expect(tags).not.toContain(tag)
    const attributes = elements.flatMap(({ attrs }) => attrs.map(({ name }) => name))
    expect(attributes.filter(name => /^on|^(src|href|srcdoc|style|action)$/.test(name))).toEqual([])
  })

  test('shows the texts as they are, without what turns the direction of reading', async () => {
    const page = await hostilePage(attacks('http://127.0.0.1:9'))
    const text = (node: Node): string =>
      'value' in node ? node.value : 'childNodes' in node ? node.childNodes.map(text).join('') : ''
    expect(text(parse(page))).toContain(`</pre><script>fetch('http://127.0.0.1:9/script')</script>`)
    expect(page).not.toMatch(/[\0\u202E]/)
  })
})

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

describe.skipIf(!chromium)('in a browser', () => {
  const called: string[] = []
  const server = createServer((request, response) => {
    called.push(request.url ?? '')
    response.end()
  })
  let here = ''

  beforeAll(async () => {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    here = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => server.close())

  /** Opens the page from disk as a reader does, every item unfolded. */
  async function open(page: string): Promise<readonly string[]> {
    called.length = 0
    const folder = mkdtempSync(join(tmpdir(), 'runtape-page-'))
    writeFileSync(join(folder, 'report.html'), page.replaceAll('<details class', '<details open class'))
    const quiet = [
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ]
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      ...quiet,
      `--user-data-dir=${join(folder, 'profile')}`,
    ]
    await promisify(execFile)(chromium ?? '', [
      ...flags,
      '--virtual-time-budget=2000',
      '--dump-dom',
      `file://${join(folder, 'report.html')}`,
    ])
    return [...called]
  }

  test('nothing of a hostile page runs or is loaded, also without its content policy', {
    timeout: 60_000,
  }, async () => {
    const page = await hostilePage(attacks(here))
    expect(await open(page)).toEqual([])
    const unguarded = page.replaceAll(/<meta http-equiv="Content-Security-Policy"[^>]*>/g, '')
    expect(unguarded).not.toBe(page)
    expect(await open(unguarded)).toEqual([])
    // The attacks are real: put in as markup they call, unless the policy stops them.
    const raw = (guarded: string) => guarded.replace('<main>', () => `<main>${attacks(here).join('')}`)
    expect((await open(raw(unguarded))).length).toBeGreaterThan(1)
    expect(await open(raw(page).replace(/<meta http-equiv="refresh"[^>]*>/, ''))).toEqual([])
  })
})

test('the page without data is small', async () => {
  const page = await htmlReport(await emptyReport())
  expect(Buffer.byteLength(page)).toBeLessThan(20_000)
  expect(page).toContain(style)
})

test('of a call in the middle of a trace the calls under it are shown, beside those of its replay', async () => {
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

test('what an item takes more is said in its line, of one that failed nothing is', async () => {
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

test('ten thousand items make a page, with the trees of those that matter', async () => {
  const store = memoryStore()
  const report = await emptyReport()
  const [item] = report.items
  if (!item) throw new Error('no item')
  const items = Array.from({ length: 10_000 }, (_, index) => ({
    ...item,
    result: index % 100 === 0 ? 'other' : item.result,
    same: index % 100 !== 0,
  }))
  const page = await htmlReport({ ...report, items }, { store })
  expect(page.match(/<details class="item /g)).toHaveLength(10_000)
  expect(page.match(/<details class="item changed/g)).toHaveLength(100)
})

async function emptyReport() {
  const store = memoryStore()
  const { traced } = createTracer({
    sink: { append: record => store.appendSync?.([record]), flush: async () => {}, close: async () => {} },
  })
  const answer = traced('a', (text: string) => text)
  answer('x')
  return replay(answer, { store })
}
