import { join } from 'node:path'
import { sqliteStore } from '@runtape/store-sqlite'
import { runEvent } from '@runtape/testing'
import { expect, test } from 'vitest'
import { newProject } from './project.ts'

const feedback = (comment: string) =>
  runEvent({ runId: 'run-1', metric: 'feedback', value: { kind: 'negative', comment } })

test('health shows what was counted, with both values of a conflict', async () => {
  const project = await newProject('empty')
  const store = sqliteStore(join(project.folder, 'runtape.db'), { worker: false })
  const call = { status: 'success', durationMs: 5, usage: { input: 1, output: 1, total: 2 } } as const
  await store.append([feedback('late'), runEvent({ runId: 'run-1', metric: 'call:1', value: call })])
  expect((await project.runtape(['health'])).stdout).toContain(
    'Every record that reached the store is in it as it was sent.',
  )
  await store.append([feedback('wrong')])
  await store.close()
  const { code, stdout } = await project.runtape(['health'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^1 run, 0 traces, the oldest from .* UTC, [\d,]+ KiB/)
  expect(stdout).toMatch(/\n +1 +rejected: another value was first/)
  expect(stdout).toMatch(/kept +\{"kind":"negative","comment":"late"\}\n +rejected .*"wrong"/)
  expect(stdout).toMatch(/Runs without a price:\nruns +provider +model\n +1 /)
  const json = JSON.parse((await project.runtape(['health', '--json'])).stdout)
  expect(json.counts).toMatchObject([{ kind: 'conflict', count: 1 }])
  expect((await project.runtape(['doctor'])).stdout).toContain(
    '1 record was rejected, because another value was recorded first',
  )
})
