import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { createTracer } from '@runtape/trace'
import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => vi.restoreAllMocks())

test('from call to file each payload is serialised once and never parsed', async () => {
  const store = sqliteStore(join(mkdtempSync(join(tmpdir(), 'runtape-once-')), 'tape.db'))
  const recorder = createRecorder({ store })
  const { traced } = createTracer({ sink: recorder })
  const text = (what: string) => `${what}: ${'x'.repeat(100_000)}`
  const inner = traced('inner', async (input: string) => ({ inner: input, at: new Date(0) }))
  const outer = traced('outer', async (input: string) => ({ outer: await inner(input), of: text('output') }))
  async function* chunks() {
    yield text('chunk')
  }
  const stream = traced('stream', chunks)

  const written = vi.spyOn(JSON, 'stringify')
  const read = vi.spyOn(JSON, 'parse')
  const cloned = vi.spyOn(globalThis, 'structuredClone')
  await outer(text('input'))
  for await (const _chunk of stream());
  await recorder.close()

  const large = written.mock.results.filter(({ value }) => String(value).length > 10_000)
  // Two inputs, two outputs, one stream.
  expect(large).toHaveLength(5)
  expect(read.mock.calls.filter(([json]) => String(json).length > 10_000)).toEqual([])
  expect(cloned).not.toHaveBeenCalled()
  vi.restoreAllMocks()

  const spans = (await store.traces.list({})).items
  expect(spans).toHaveLength(2)
  await store.close()
})
