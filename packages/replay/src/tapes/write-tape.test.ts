import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { span } from '@runtape/testing'
import { createTracer } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { expect, test } from 'vitest'
import { replay } from '../run/replay.ts'
import { tapeStore } from './tape-store.ts'
import { exportTape } from './write-tape.ts'

const newFolder = () => mkdtempSync(join(tmpdir(), 'runtape-tapes-'))

/** A recorded call with a child that fails, a stream, values that JSON has no words for, and a thumbs-down. */
async function record() {
  const store = sqliteStore(':memory:')
  const recorder = createRecorder({ store })
  const { traced } = createTracer({ sink: recorder })
  const lookup = traced('orders.lookup', { type: 'tool', mockOnReplay: true }, async (id: string) => {
    throw new RangeError(`no order ${id}`)
  })
  const words = traced('words', { mockOnReplay: true }, async function* (text: string) {
    yield* text.split(' ')
  })
  const answer = traced('support/answer', async (ticket: { id: string; at: Date; text: string }) => {
    const tracker = createTracker({
      sink: recorder,
      configKey: 'support',
      context: { kind: 'user', key: 'ms-quill' },
    })
    tracker.trackFeedback({ kind: 'negative', comment: 'curt' })
    tracker.trackTokens({ input: 3, output: 4, total: 7 })
    const spoken: string[] = []
    for await (const word of words(ticket.text)) spoken.push(word)
    const problem = await lookup(ticket.id).catch((error: Error) => error.message)
    return { spoken, problem, seen: new Set([ticket.at]) }
  })
  await answer({ id: 'A-1', at: new Date(0), text: 'where is it' })
  await recorder.flush()
  const { items } = await store.traces.list()
  return { store, answer, traceId: items[0]?.traceId ?? '' }
}

test('an exported trace is read back unchanged, except for error stacks', async () => {
  const { store, traceId } = await record()
  const folder = newFolder()
  await exportTape(store, traceId, folder)
  const recorded = await store.traces.get(traceId)
  const read = await tapeStore(folder).traces.get(traceId)
  const failed = recorded?.spans.find(each => each.error)
  expect(failed?.error?.value.json).toContain('"stack":')
  const withoutStack = JSON.stringify(recorded).replaceAll(/,\\"stack\\":\\".*?(?<!\\)\\"/g, '')
  expect(read).toEqual(JSON.parse(withoutStack))
})

test('a tape file nests JSON: payloads are not strings, and short values are on one line', async () => {
  const { store, traceId } = await record()
  const text = readFileSync(await exportTape(store, traceId, newFolder()), 'utf8')
  expect(text).toContain('"input": {\n        "value": ["A-1"]')
  expect(text).toContain('{ "kind": "negative", "comment": "curt" }')
  expect(text).toContain('"name": "RangeError"')
  expect(text).not.toContain('\\"')
})

test('a tape file contains no customer, no bill, no stack and no folder of the machine', async () => {
  const { store, traceId } = await record()
  const text = readFileSync(await exportTape(store, traceId, newFolder()), 'utf8')
  for (const kept of ['ms-quill', '"tokens"', '"stack"', process.cwd()]) expect(text).not.toContain(kept)
})

test('exporting a trace twice produces the same file', async () => {
  const { store, traceId } = await record()
  const folder = newFolder()
  const first = readFileSync(await exportTape(store, traceId, folder), 'utf8')
  const path = await exportTape(store, traceId, folder)
  expect(readFileSync(path, 'utf8')).toBe(first)
  expect(readdirSync(folder)).toEqual([basename(path)])
  expect(basename(path)).toBe(`support-answer-${traceId}.json`)
})

test('an exported trace is replayed without its store, including its thumbs-down', async () => {
  const { store, answer, traceId } = await record()
  const folder = newFolder()
  await exportTape(store, traceId, folder)
  await store.close()
  const tapes = tapeStore(folder)
  const { items, summary, testRunId } = await replay(answer, {
    store: tapes,
    where: { feedback: 'negative' },
    mock: 'marked',
  })
  expect(summary).toMatchObject({ total: 1, same: 1, served: 2, missed: 0 })
  const replayed = await tapes.traces.get(items[0]?.traceId ?? '')
  expect(replayed?.spans).toHaveLength(3)
  expect((await tapes.traces.list()).items).toHaveLength(1)
  expect((await tapes.testRuns.get(testRunId))?.status).toBe('completed')
})

test.each([
  ['../../etc/passwd', 'etc-passwd'],
  ['...', 'trace'],
  ['a b:c*d', 'a-b-c-d'],
])('a key such as %j makes a plain file name', async (key, name) => {
  const store = sqliteStore(':memory:')
  const root = span({ key })
  await store.append([root])
  const path = await exportTape(store, root.traceId, newFolder())
  expect(basename(path)).toBe(`${name}-${root.traceId}.json`)
})

test('a missing trace is named', async () => {
  await expect(exportTape(sqliteStore(':memory:'), 'abc', newFolder())).rejects.toThrow('Trace abc is not in')
})
