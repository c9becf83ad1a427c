import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sqliteStore } from '@runtape/store-sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runtape-bodies-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const flags = ['--expose-gc', '--experimental-strip-types', '--disable-warning=ExperimentalWarning']
const script = fileURLToPath(new URL('../test/bodies.ts', import.meta.url))

/** Runs a process that ends in this way. Returns its output, and the recorded outputs by key. */
async function left(way: string) {
  const file = join(folder, 'tape.db')
  const out = await new Promise<string>(resolve =>
    execFile(process.execPath, [...flags, script, file, way], (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    ),
  )
  const store = sqliteStore(file)
  const { items } = await store.traces.list()
  const traces = await Promise.all(items.map(({ traceId }) => store.traces.get(traceId)))
  await store.close()
  const outputs = traces.map(trace => {
    const { json = 'null', lossy } = trace?.root.output ?? {}
    return [trace?.root.key, (JSON.parse(json) as { body?: unknown }).body, lossy ?? []]
  })
  return { out, outputs: outputs.sort() }
}

const whole = ['json', '{"ok":true}', []]

test('a process that ends keeps the bodies received so far', async () => {
  const { outputs } = await left('return')
  expect(outputs).toEqual([
    whole,
    ['never', null, [expect.stringMatching(/^\$\.body: its bytes did not arrive/)]],
  ])
})

test('a process that calls exit keeps its calls, with lossy bodies', async () => {
  const { outputs } = await left('exit')
  expect(outputs.map(([key]) => key)).toEqual(['json', 'never'])
  expect(outputs[1]?.[2]).toEqual(['$.body: its bytes did not arrive before the process ended'])
})

test('flush and close wait for bodies', async () => {
  expect((await left('killed')).outputs).toEqual([whole])
  expect((await left('closed')).outputs).toContainEqual(whole)
})

test('a body survives garbage collection of its copy', async () => {
  const { out, outputs } = await left('collected')
  expect(out).toBe('small\n')
  expect(outputs).toEqual([['fetch', 'small', []]])
})

test('both classes are recorded and sent if a server replaces the global class', async () => {
  const { out, outputs } = await left('hono')
  expect(out).toBe('200 {"early":true}\n201 light body\nx-a,1\n')
  expect(outputs).toEqual([
    ['handle', 'light body', []],
    ['handle', '{"early":true}', []],
  ])
})
