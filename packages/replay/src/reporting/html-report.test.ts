import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
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

/** The page of a replay in which every text is one of the attacks: keys, names, inputs, outputs, errors, scores. */
async function hostilePage(texts: readonly string[]): Promise<string> {
  const store = memoryStore()
  const records: Parameters<typeof store.append>[0][number][] = []
  const sink = {
    append: (record: (typeof records)[number]) => records.push(record),
    flush: async () => {},
    close: async () => {},
  }
  const { traced } = createTracer({ sink })
  let version = 'then'
  const tool = traced(texts[0] ?? '', { name: texts[1] ?? '', mockOnReplay: true }, (text: string) => {
    if (text.length % 3 === 0) throw Object.assign(new Error(text), { name: text })
    return text
  })
  const answer = traced(texts[2] ?? '', (text: string) => {
    try {
      tool(text)
    } catch {}
    if (text.length % 2 === 0 && version === 'now') throw new Error(text)
    return { [text]: [text, version] }
  })
  for (const text of texts) answer(text)
  await store.append(records)
  version = 'now'
  const told = {
    name: texts[3] ?? '',
    evaluate: () => ({ score: 0, pass: false, reasoning: texts[4] ?? '' }),
  }
  const report = await replay(answer, {
    store,
    mock: 'marked',
    limit: 50,
    evaluators: [told, sameOutput()],
    codeChangeDescription: texts[5] ?? '',
    experimentGroupId: texts[6] ?? '',
    codeChangeFiles: [{ path: texts[7] ?? '', before: texts[8] ?? '', after: texts[9] ?? '' }],
  })
  const [first] = report.items
  await store.testRuns.putVerdict(report.testRunId, first?.traceId ?? '', {
    pass: false,
    by: texts[0] ?? '',
    comment: texts[1] ?? '',
  })
  return htmlReport({ ...report, testRunUrl: `javascript:${texts[2]}` }, { store })
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
    const unguarded = page.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '')
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

test('ten thousand items make a page, with the trees of those that matter', async () => {
  const store = memoryStore()
  const report = await emptyReport()
  const [item] = report.items
  if (!item) throw new Error('no item')
  const items = Array.from({ length: 10_000 }, (_, index) => ({
    ...item,
    result: index % 100 === 0 ? 'other' : item.result,
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
