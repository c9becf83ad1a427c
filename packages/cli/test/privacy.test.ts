import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sqliteStore } from '@runtape/store-sqlite'
import { runEvent, span } from '@runtape/testing'
import { expect, test } from 'vitest'
import { newProject } from './project.ts'

const guide = readFileSync(fileURLToPath(new URL('../../../docs/privacy.md', import.meta.url)), 'utf8')

/** Every command of the guide, in order. */
const commands = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block = '']) => block.trim().split('\n'))
  .map(line => line.replace(/^npx runtape /, '').split(' '))

async function projectWithAda() {
  const project = await newProject('empty')
  const path = join(project.folder, 'runtape.db')
  const store = sqliteStore(path)
  for (const key of ['ada', 'bob'])
    for (const at of [Date.now(), Date.now() - 40 * 86_400_000]) {
      const event = runEvent({ at, context: { kind: 'user', key } })
      await store.append([
        event,
        span({ startedAt: at, runId: event.runId, input: { json: `["it is ${key}"]` } }),
      ])
    }
  await store.close()
  return { ...project, path }
}

test('the commands of the guide work as described', async () => {
  const { runtape, folder } = await projectWithAda()
  const outputs: string[] = []
  for (const words of commands) {
    const { code, stdout, stderr } = await runtape(words)
    expect([words.join(' '), code, stderr.replace(/.*ExperimentalWarning[\s\S]*/, '')]).toEqual([
      words.join(' '),
      0,
      '',
    ])
    outputs.push(stdout)
  }
  expect(outputs).toHaveLength(6)
  expect(outputs[0]).toBe('0 runs (0 events), 2 traces (2 spans) would be removed. Nothing was changed.\n')
  expect(outputs[1]).toBe('0 runs (0 events), 2 traces (2 spans) removed.\n')
  expect(JSON.parse(outputs[2] ?? '').items ?? JSON.parse(outputs[2] ?? '')).toHaveLength(2)
  expect(outputs[4]).toBe('2 runs (2 events), 1 trace (1 span) would be erased. Nothing was changed.\n')
  expect(outputs[5]).toBe('2 runs (2 events), 1 trace (1 span) erased.\n')
  const files = readdirSync(folder).filter(file => file.startsWith('runtape.db'))
  for (const file of files) {
    const bytes = readFileSync(join(folder, file))
    expect([bytes.includes('it is bob'), bytes.includes('it is ada')]).toEqual([true, false])
  }
  const usage = await runtape(['usage', '--json'])
  expect(JSON.parse(usage.stdout).rows[0].runs).toBe(4)
}, 120_000)

test('backup copies, and never overwrites a file; misuse removes nothing', async () => {
  const { runtape, folder } = await projectWithAda()
  expect(await runtape(['backup', 'copy.db'])).toMatchObject({ code: 0, stdout: 'Copied to copy.db.\n' })
  expect(statSync(join(folder, 'copy.db')).mode & 0o777).toBe(0o600)
  expect((await runtape(['backup', 'copy.db'])).code).toBe(2)
  for (const words of [
    ['backup'],
    ['prune'],
    ['prune', '--runs-before', 'soon'],
    ['erase'],
    ['erase', '--context', 'ada'],
    ['erase', '--run', 'a', '--trace', 'b'],
    ['erase', '--run', 'a', '--store', 'nowhere.db'],
  ])
    expect([words.join(' '), (await runtape(words)).code]).toEqual([words.join(' '), 2])
  const usage = await runtape(['usage', '--json', '--store', 'copy.db'])
  expect(JSON.parse(usage.stdout).rows[0].runs).toBe(4)
}, 120_000)
