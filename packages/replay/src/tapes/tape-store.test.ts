import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '@runtape/core'
import { memoryStore, runEvent, span, storeContractCases } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { tapeFiles } from './tape-store.ts'
import { exportTape } from './write-tape.ts'

const newFolder = () => mkdtempSync(join(tmpdir(), 'runtape-tapes-'))

/** Live records go to files by way of a store that takes them; everything else is the store of the files. */
function writableTapes(): Store {
  const folder = newFolder()
  const recorded = memoryStore()
  const replays = tapeFiles(folder)
  let tapes = replays
  return {
    append: async records => {
      await replays.append(records.filter(record => record.replay))
      const receipt = await recorded.append(records.filter(record => !record.replay))
      const { items } = await recorded.traces.list({ limit: 10_000 })
      for (const { traceId } of items) await exportTape(recorded, traceId, folder)
      tapes = tapeFiles(folder)
      return receipt
    },
    traces: {
      get: async id => (await replays.traces.get(id)) ?? tapes.traces.get(id),
      getSpan: (traceId, spanId) => tapes.traces.getSpan(traceId, spanId),
      list: query => (query?.testRunId === undefined ? tapes : replays).traces.list(query),
    },
    runs: replays.runs,
    testRuns: replays.testRuns,
    close: () => replays.close(),
  }
}

// What is about single spans, bills and the end of a process does not apply to files of whole traces.
const applies = (title: string) => /^(traces|testRuns)\b/.test(title) && !title.includes('until its root')

describe('tape files keep the parts of the Store contract that apply', () => {
  for (const { title, check, needs } of storeContractCases) {
    if (applies(title) && needs === undefined) test(title, () => check({ store: writableTapes() }))
  }
})

test('tape files take no live records, and make no bill', async () => {
  const tapes = tapeFiles(newFolder())
  await expect(tapes.append([runEvent()])).rejects.toThrow('read only')
  await expect(tapes.runs.usage()).rejects.toThrow('is no bill')
})

test('a folder that is not there is named, with what to do', () => {
  expect(() => tapeFiles('no/such/folder')).toThrow(
    'There is no folder no/such/folder with tape files. Write',
  )
})

test.each([
  ['no JSON', '{ "tape": ', 'it is not JSON'],
  ['JSON of something else', '{"name":"package"}', 'it has no "tape" with a version'],
  ['a later version', '{"tape":9,"runs":[],"spans":[]}', 'it is of version 9'],
  ['a tape without spans', '{"tape":1,"runs":[]}', 'it lacks "runs" or "spans"'],
  [
    'a span that was damaged by hand',
    '{"tape":1,"runs":[],"spans":[{"spanId":1,"input":{"value":[]}}]}',
    'spanId',
  ],
])('a file with %s is named, with what is wrong in it', async (_, text, problem) => {
  const folder = newFolder()
  writeFileSync(join(folder, 'bad.json'), text)
  const listing = tapeFiles(folder).traces.list()
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
  await expect(tapeFiles(folder).traces.list()).rejects.toThrow(/copy\.json and .* both hold trace/)
})
