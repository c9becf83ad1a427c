import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { newProject, type Project } from './project.ts'

/** Never ends for order A-1, and answers the other three. */
const hanging = `
import { traced } from '@runtape/trace'
export const hangs = traced('support.answer', async ({ order }) => {
  if (order !== 'A-1') return order
  setInterval(() => {}, 1_000)
  await new Promise(() => {})
})
`

/** Shortens a timer of ten minutes to 1.5 s. */
const fast = `
import { createRequire } from 'node:module'
const timers = createRequire(import.meta.url)('node:timers')
const { setTimeout: real } = timers
timers.setTimeout = (fn, ms, ...args) => real(fn, ms === 600_000 ? 1_500 : ms, ...args)
`

let project: Project

beforeAll(async () => {
  project = await newProject()
  project.write('hanging.js', hanging)
  project.write('fast.mjs', fast)
})

const replay = (out: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  project.runtape(['replay', './hanging.js#hangs', ...words, '--reporter', 'pretty,junit', '--out', out], env)

describe('an endless item', () => {
  test.each([
    ['in the time of --timeout', ['--timeout', '1500ms'], 1_500, {}],
    ['in ten minutes', [], 600_000, { fast: true }],
  ] as const)(
    '%s fails, and no other item does',
    async (name, words, ms, { fast: isFast = false }: { fast?: boolean }) => {
      const out = name.replaceAll(/\W+/g, '-')
      const preload = pathToFileURL(join(project.folder, 'fast.mjs')).href
      const { code, stdout } = await replay(out, words, isFast ? { NODE_OPTIONS: `--import=${preload}` } : {})
      const problem = `had not ended after ${ms} ms, and its further calls fail. Find out what it waits for, or raise --timeout`
      expect(stdout).toContain('4 replayed: 0 same, 3 changed, 1 failed')
      expect(stdout).toContain(problem)
      expect(readFileSync(join(project.folder, out, 'junit.xml'), 'utf8')).toContain(problem)
      expect(code).toBe(1)
    },
  )
})
