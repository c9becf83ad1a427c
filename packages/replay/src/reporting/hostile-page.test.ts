import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type DefaultTreeAdapterTypes, parse } from 'parse5'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recording } from '../../test/recording.ts'
import { sameOutput } from '../evaluators/evaluator.ts'
import { replay } from '../run/replay.ts'
import { htmlReport } from './page/html-report.ts'

/** What a model might write to the readers of its report. `here` is where an attack would call. */
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
  '\u202Egnp\u200B.exe\u0000<script>',
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
  test('shows everything that a page can show', async () => {
    const page = await hostilePage(
      attacks('http://127.0.0.1:9').map(text => text.replaceAll(/[^a-z0-9]/gi, '.')),
    )
    const shown = [
      ...['added', 'removed', 'reordered', 'changed'].map(kind => `<span class="mark ${kind}">`),
      ...['overridden', 'from the tape'].map(tag => `<span class="tag">${tag}</span>`),
      ...['Attempts', 'Input, adapted', 'Scores', 'Against the recording', 'Mocked calls', 'Calls'],
      ...['missed, not on the tape', 'overridden', 'unused', 'returned no score', '✗ not met'],
      ...['does not pass', 'Interrupted', 'differs from the first', 'The traces could not be read'],
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

  test('has no script, no link, nothing to load and no handler', async () => {
    const elements = elementsOf(await hostilePage(attacks('http://127.0.0.1:9')))
    const tags = new Set(elements.map(({ tagName }) => tagName))
    for (const tag of ['script', 'img', 'iframe', 'link', 'base', 'form', 'a', 'object'])
      expect(tags).not.toContain(tag)
    const attributes = elements.flatMap(({ attrs }) => attrs.map(({ name }) => name))
    expect(attributes.filter(name => /^on|^(src|href|srcdoc|style|action)$/.test(name))).toEqual([])
  })

  test('shows the texts unchanged, without direction changes', async () => {
    const page = await hostilePage(attacks('http://127.0.0.1:9'))
    const text = (node: Node): string =>
      'value' in node ? node.value : 'childNodes' in node ? node.childNodes.map(text).join('') : ''
    expect(text(parse(page))).toContain(`</pre><script>fetch('http://127.0.0.1:9/script')</script>`)
    expect(page).not.toMatch(/[\0\u202E\u200B]/)
    expect(text(parse(page))).toContain('<U+202E>gnp<U+200B>.exe␀<script>')
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

  test('runs and loads nothing, even without its content policy', {
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
