import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { newProject, type Project } from './project.ts'

/** Code that would end its process when it is asked about the order A-1; the other three are answered. */
const dying = `
import { traced } from '@runtape/trace'
const later = ms => new Promise(resolve => setTimeout(resolve, ms))
const dies = end => traced('support.answer', async ({ order }) => {
  if (order === 'A-1') await end()
  await later(20)
  return order
})
export const exits = dies(() => process.exit(0))
export const reallyExits = dies(() => process.reallyExit(0))
const { exit } = process
export const savedExits = dies(() => exit.call(process, 0))
export const never = dies(() => new Promise(() => {}))
export const timer = dies(() => setTimeout(() => { throw new Error('boom') }, 1))

// A queue that was started before: what it does is done in no item.
const jobs = []
setInterval(() => jobs.shift()?.(), 1).unref()
const queued = job => dies(() => void jobs.push(job))
export const queueExits = queued(() => process.exit(0))
export const queueThrows = queued(() => { throw new Error('boom') })
`

let project: Project

beforeAll(async () => {
  project = await newProject()
  project.write('dying.js', dying)
  project.write('exits-at-once.js', `process.exit(0)`)
})

const replay = (name: string) =>
  project.runtape(['replay', `./dying.js#${name}`, '--reporter', 'pretty,junit', '--out', name])

describe('code that would end the process of the command', () => {
  test.each([
    ['exits', 'called process.exit(0), which ends a process. The item fails in its place.'],
    ['reallyExits', 'called process.reallyExit(0), which ends a process. The item fails in its place.'],
    // Kept by the module when it was loaded.
    ['savedExits', 'called process.exit(0), which ends a process. The item fails in its place.'],
    ['never', 'waits for what never comes'],
    ['timer', 'threw an error that nothing catches: boom, which ends a process.'],
  ])('%s: one item fails, and the reports are written', async (name, problem) => {
    const { code, stdout } = await replay(name)
    expect(stdout).toContain('4 replayed: 0 same, 3 changed, 1 failed')
    expect(stdout).toContain(problem)
    expect(readFileSync(join(project.folder, name, 'junit.xml'), 'utf8')).toContain(problem)
    expect(code).toBe(1)
  })

  test.each([
    ['queueExits', 'Outside of any replayed item code called process.exit(0).'],
    ['queueThrows', 'Outside of any replayed item code threw an error that nothing catches: boom.'],
  ])('%s: no item fails of it, and the command does', async (name, problem) => {
    const { code, stdout, stderr } = await replay(name)
    expect(stdout).toContain('4 replayed: 0 same, 4 changed')
    expect(stderr).toContain(problem)
    expect(code).toBe(1)
  })

  test('a module that ends the process while it is loaded', async () => {
    const { code, stderr } = await project.runtape(['replay', './exits-at-once.js#answer'])
    expect(stderr).toContain('called process.exit(0)')
    expect(code).toBe(2)
  })
})
