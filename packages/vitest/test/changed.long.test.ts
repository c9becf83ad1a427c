import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { newProject, type Project, recordTapes } from './project.ts'

const agent = `
import { traced } from '@runtape/trace'
const lookup = traced('orders.lookup', { mockOnReplay: true }, async (id: string) => ({ id, status: '' }))
const ping = traced('ping', { mockOnReplay: true }, async () => 0)
export const answer = traced('support.answer', async (id: string) => {
  const [{ status }] = await Promise.all([lookup(id), ping()])
  return { text: 'Hello, it is ' + status, token: 'abc' }
})
`

const replayed = (tapes: string) => `
import { replayTest } from '@runtape/vitest'
import { answer } from '../agent.ts'
replayTest(answer, { tapes: ${tapes} })
`

const other = `import { expect, test } from 'vitest'\ntest('other', () => expect(1).toBe(1))`

const configOf = (plugins: string, more = '') => `
import { runtape } from '@runtape/vitest/plugin'
import { configDefaults, defineConfig } from 'vitest/config'
export default defineConfig({ plugins: [${plugins}], test: { ${more} } })
`

const withTriggers = `forceRerunTriggers: [...configDefaults.forceRerunTriggers, '**/tapes/**']`
const changedOnly = ['--changed', '--passWithNoTests']
const warning = 'vitest --changed does not notice changes to the tapes in tapes'

// Each test runs vitest in separate processes and its own project, so they can run concurrently.
const patient = { timeout: 600_000, concurrent: true }

interface Repository extends Project {
  /** Edits the recorded output in the tapes, as in a pull request that changes only tapes. */
  editTape(): void
  commit(): Promise<void>
}

async function newRepository(config?: string): Promise<Repository> {
  const project = newProject()
  project.write('.gitignore', 'node_modules\n')
  project.write('agent.ts', agent)
  project.write('tests/other.test.ts', other)
  project.write('tests/replayed.test.ts', replayed(`'tapes'`))
  if (config !== undefined) project.write('vitest.config.ts', config)
  await recordTapes(join(project.folder, 'tapes'))
  await project.git('init', '-q')
  return {
    ...project,
    editTape: () => {
      const [name = ''] = readdirSync(join(project.folder, 'tapes'))
      const path = join(project.folder, 'tapes', name)
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll('Hello, it is shipped', 'Hi, it is lost'))
    },
    commit: async () => {
      await project.git('add', '.')
      await project.git('commit', '-qm', 'all')
    },
  }
}

describe('with the plugin', patient, () => {
  const begin = () => newRepository(configOf('runtape()'))

  test('vitest --changed runs only the tests whose tapes were edited', async () => {
    const project = await begin()
    await project.commit()
    project.editTape()
    const { code, passed, failed, text } = await project.vitest(changedOnly)
    expect(text).toContain('Hi, it is lost')
    expect({ code, passed, failed }).toEqual({ code: 1, passed: 1, failed: 1 })
    expect(text).not.toContain('other.test.ts')
    expect(text).not.toContain(warning)
  })

  test('edits committed on a branch are also seen, and without edits nothing runs', async () => {
    const project = await begin()
    await project.commit()
    await project.git('checkout', '-qb', 'edits')
    expect(await project.vitest(['--changed', 'main', '--passWithNoTests'])).toMatchObject({
      code: 0,
      passed: 0,
    })
    project.editTape()
    await project.commit()
    expect(await project.vitest(['--changed', 'main'])).toMatchObject({ code: 1, failed: 1, passed: 1 })
  })

  test('a tape that was added is seen', async () => {
    const project = await begin()
    const [name = ''] = readdirSync(join(project.folder, 'tapes'))
    await project.git('add', '.')
    await project.git('rm', '-q', '--cached', join('tapes', name))
    await project.git('commit', '-qm', 'all but one')
    expect(await project.vitest(changedOnly)).toMatchObject({ code: 0, passed: 2 })
  })

  test('a tape that was damaged is seen', async () => {
    const project = await begin()
    await project.commit()
    const [name = ''] = readdirSync(join(project.folder, 'tapes'))
    writeFileSync(join(project.folder, 'tapes', name), '<<<<<<< HEAD\n')
    const { code, text } = await project.vitest(changedOnly)
    expect(text).toContain(`${name} cannot be used: it is not JSON`)
    expect(code).toBe(1)
  })

  test('a folder is found next to the test, in a constant and in a template', async () => {
    const project = await begin()
    const tapes = [`new URL('./own', import.meta.url).pathname`, 'folder', '`data/third`']
    const folders = ['tests/own', 'data/second', 'data/third']
    for (const [index, folder] of folders.entries()) {
      await recordTapes(join(project.folder, folder))
      const constant = folder === 'data/second' ? `const folder = 'data/second' // don't\n` : ''
      project.write(`tests/replayed-${index}.test.ts`, `${constant}${replayed(tapes[index] ?? '')}`)
    }
    await project.commit()
    for (const folder of folders) {
      const [name = ''] = readdirSync(join(project.folder, folder))
      const path = join(project.folder, folder, name)
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll('"abc"', '"other"'))
    }
    expect(await project.vitest(changedOnly)).toMatchObject({ code: 1, failed: 3, passed: 3 })
  })

  test('a helper that calls replayTest passes its tapes on to the tests that import it', async () => {
    const project = await begin()
    project.write(
      'tests/helper.ts',
      `
import { replayTest } from '@runtape/vitest'
import { answer } from '../agent.ts'
export const replayAll = () => replayTest(answer, { tapes: 'tapes' })`,
    )
    project.write('tests/replayed.test.ts', `import { replayAll } from './helper.ts'\nreplayAll()`)
    await project.commit()
    project.editTape()
    expect(await project.vitest(changedOnly)).toMatchObject({ code: 1, failed: 1, passed: 1 })
  })

  test('a folder that no string names causes a warning, and can be passed', async () => {
    const project = await begin()
    project.write('tests/replayed.test.ts', replayed('process.env.TAPES'))
    const env = { TAPES: 'tapes' }
    await project.commit()
    expect((await project.vitest([], env)).text).toContain(warning)
    project.write('vitest.config.ts', configOf(`runtape({ tapes: 'tapes' })`))
    await project.commit()
    expect((await project.vitest([], env)).text).not.toContain(warning)
    project.editTape()
    expect(await project.vitest(changedOnly, env)).toMatchObject({ code: 1, failed: 1, passed: 1 })
  })

  test('vitest related finds the tests of a tape', async () => {
    const project = await begin()
    const [name = ''] = readdirSync(join(project.folder, 'tapes'))
    const { text, passed } = await project.vitest(['related', join('tapes', name)])
    expect(text).not.toContain('other.test.ts')
    expect(passed).toBe(2)
  })
})

describe('without the plugin', patient, () => {
  test('vitest --changed is green, with one warning per run', async () => {
    const project = await newRepository()
    await project.commit()
    const whole = await project.vitest([])
    expect(whole.text.split(warning)).toHaveLength(2)
    expect(whole).toMatchObject({ code: 0, passed: 3 })
    project.editTape()
    expect(await project.vitest(changedOnly)).toMatchObject({ code: 0, passed: 0, failed: 0 })
  })

  test('forceRerunTriggers from the guide run everything, without a warning', async () => {
    const project = await newRepository()
    project.write('vitest.config.ts', configOf('', withTriggers))
    await project.commit()
    project.editTape()
    const { text, ...counts } = await project.vitest(changedOnly)
    expect(counts).toEqual({ code: 1, passed: 2, failed: 1 })
    expect(text).not.toContain(warning)
  })

  test('the guide contains that line', () => {
    expect(readFileSync(new URL('../../../docs/replay.md', import.meta.url), 'utf8')).toContain(withTriggers)
  })
})
