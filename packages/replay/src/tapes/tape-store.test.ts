import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Store } from '@runtape/core/store'
import { memoryStore, runEvent, span, storeContractCases } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { tapeStore } from './tape-store.ts'
import { exportTape } from './write-tape.ts'

const newFolder = () => mkdtempSync(join(tmpdir(), 'runtape-tapes-'))

/** Live records go to files by way of a store that takes them; everything else is the store of the files. */
function writableTapes(): Store {
  const folder = newFolder()
  const recorded = memoryStore()
  const replays = tapeStore(folder)
  let tapes = replays
  return {
    ...replays,
    append: async records => {
      await replays.append(records.filter(record => record.replay))
      const receipt = await recorded.append(records.filter(record => !record.replay))
      const { items } = await recorded.traces.list({ limit: 10_000 })
      for (const { traceId } of items) await exportTape(recorded, traceId, folder)
      tapes = tapeStore(folder)
      return receipt
    },
    traces: {
      get: async id => (await replays.traces.get(id)) ?? tapes.traces.get(id),
      getSpan: (traceId, spanId) => tapes.traces.getSpan(traceId, spanId),
      list: query => (query?.testRunId === undefined ? tapes : replays).traces.list(query),
      skeleton: (traceId, query) => tapes.traces.skeleton(traceId, query),
      payload: (traceId, spanId, query) => tapes.traces.payload(traceId, spanId, query),
      search: (traceId, query) => tapes.traces.search(traceId, query),
    },
  }
}

// What is about single spans, bills, revisions and the end of a process does not apply to files of whole traces.
const others =
  /until its root|as of the first page|one that came later|^traces.list: pages are the same forward/
const applies = (title: string) => /^(traces|testRuns)\b/.test(title) && !others.test(title)

describe('tape files pass the applicable parts of the Store contract', () => {
  for (const { title, check, needs } of storeContractCases) {
    if (applies(title) && needs === undefined)
      test(title, async () => expect(await check({ store: writableTapes() })).toBeUndefined())
  }
})

test('tape files accept no live records, and have no bill', async () => {
  const tapes = tapeStore(newFolder())
  await expect(tapes.append([runEvent()])).rejects.toThrow('read only')
  await expect(tapes.runs.usage()).rejects.toThrow('is not a bill')
})

test('a missing folder is named, with the next step', () => {
  expect(() => tapeStore('no/such/folder')).toThrow(
    'There is no folder no/such/folder with tape files. Write',
  )
})

test.each([
  ['no JSON', '{ "tape": ', 'it is not JSON'],
  ['a tape whose version was removed', '{"runs":[],"spans":[]}', 'it has no "tape" with a version'],
  ['a merge conflict', '<<<<<<< HEAD\n{ "tape": 1,\n=======\n', 'it is not JSON'],
  ['a later version', '{"tape":9,"runs":[],"spans":[]}', 'it has version 9'],
  ['a tape without spans', '{"tape":1,"runs":[]}', 'it lacks "runs" or "spans"'],
  [
    'a span that was damaged by hand',
    '{"tape":1,"runs":[],"spans":[{"spanId":1,"input":{"value":[]}}]}',
    'spanId',
  ],
])('a file with %s is named, with the problem', async (_, text, problem) => {
  const folder = newFolder()
  writeFileSync(join(folder, 'bad.json'), text)
  const listing = tapeStore(folder).traces.list()
  await expect(listing).rejects.toThrow(`The tape file ${join(folder, 'bad.json')} cannot be used: `)
  await expect(listing).rejects.toThrow(problem)
})

test('two files of one trace are both named', async () => {
  const folder = newFolder()
  const recorded = memoryStore()
  const root = span()
  await recorded.append([root])
  const path = await exportTape(recorded, root.traceId, folder)
  copyFileSync(path, join(folder, 'copy.json'))
  await expect(tapeStore(folder).traces.list()).rejects.toThrow(/copy\.json and .* both hold trace/)
})

describe('a folder of tapes and other files', () => {
  /** A folder with one exported trace, the path of its file, and what is warned of. */
  async function folderOfOne() {
    const folder = newFolder()
    const recorded = memoryStore()
    const root = span({ key: 'k' })
    await recorded.append([root])
    const path = await exportTape(recorded, root.traceId, folder)
    const warnings: string[] = []
    const list = async () => {
      const tapes = tapeStore(folder, { logger: { warn: message => void warnings.push(message) } })
      const { items } = await tapes.traces.list()
      return Promise.all(items.map(async ({ traceId }) => (await tapes.traces.get(traceId))?.root))
    }
    return { folder, path, root, warnings, list }
  }

  test.each([
    ['UTF-8 with a byte order mark', (text: string) => Buffer.from(`\uFEFF${text}`)],
    ['UTF-16, as PowerShell writes it', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['big-endian UTF-16', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
    ['Windows line ends', (text: string) => Buffer.from(text.replaceAll('\n', '\r\n'))],
  ])('a tape in %s is read', async (_, encode) => {
    const { path, root, list, warnings } = await folderOfOne()
    writeFileSync(path, encode(readFileSync(path, 'utf8')))
    expect(await list()).toEqual([root])
    expect(warnings).toEqual([])
  })

  test('other files are skipped, with one warning that names them', async () => {
    const { folder, path, root, list, warnings } = await folderOfOne()
    writeFileSync(join(folder, `._${basename(path)}`), Buffer.from([0, 5, 22, 7, 0, 2, 0, 0, 0x4d, 0x61]))
    writeFileSync(
      join(folder, 'tsconfig.json'),
      '{\n  // strict\n  "compilerOptions": { "strict": true, },\n}\n',
    )
    writeFileSync(join(folder, 'package.json'), '{"name":"tapes"}')
    writeFileSync(join(folder, 'list.json'), '[1,2]')
    writeFileSync(join(folder, 'null.json'), 'null')
    writeFileSync(join(folder, 'empty.json'), '')
    mkdirSync(join(folder, 'old.json'))
    writeFileSync(join(folder, 'README.md'), 'tapes')
    expect(await list()).toEqual([root])
    expect(warnings).toEqual([
      `In ${folder} 6 files are not tapes and are skipped: ._${basename(path)}, empty.json, list.json, null.json, package.json and 1 more.`,
    ])
  })

  test.each([
    ['nothing left in it', ''],
    ['a pointer of Git LFS', 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n'],
    ['JSON that is no tape', '{"name":"package"}'],
    ['half of it', '{\n  "tape": 1,\n  "key": "k",\n  "tra'],
  ])('an exported file with %s is damaged, and is named', async (_, text) => {
    const { path, list } = await folderOfOne()
    writeFileSync(path, text)
    await expect(list()).rejects.toThrow(`The tape file ${path} cannot be used: `)
  })
})
