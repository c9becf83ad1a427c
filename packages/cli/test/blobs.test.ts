import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { folderBlobs, postgresStore } from '@runtape/store-postgres'
import { span } from '@runtape/testing'
import { afterAll, expect, test } from 'vitest'
import { testSchema, testServer } from '../../store-postgres/test/server.ts'
import { newProject } from './project.ts'

const folder = mkdtempSync(join(tmpdir(), 'runtape-blobs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the command reads large inputs where RUNTAPE_BLOBS says', async () => {
  const [connectionString, schema] = [await testServer(), testSchema()]
  const store = postgresStore({ connectionString, schema, blobs: folderBlobs(folder) })
  const one = span({ input: { json: JSON.stringify(['x'.repeat(70_000)]) } })
  await store.append([one])
  const { runtape } = await newProject('empty')
  await store.close()
  const args = ['trace', one.traceId, '--store', `${connectionString}?schema=${schema}`, '--json']
  const without = await runtape(args, { RUNTAPE_BLOBS: '' })
  expect(without.code).not.toBe(0)
  expect(without.stderr).toContain('with the option blobs')
  expect((await runtape(args, { RUNTAPE_BLOBS: folder })).stdout).toContain('x'.repeat(70_000))
  expect((await runtape(args, { RUNTAPE_BLOBS: 'ftp://a' })).stderr).toContain(
    'must be a folder, or an address',
  )
})
