import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { newProject, type Project } from './project.ts'

/** Code that tries to end its process for order A-1, and answers the other three. */
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

// A queue started before the replay: its work is outside any item.
const jobs = []
setInterval(() => jobs.shift()?.(), 1).unref()
const queued = job => dies(() => void jobs.push(job))
export const queueExits = queued(() => process.exit(0))
export const queueThrows = queued(() => { throw new Error('boom') })
`

/** Listens for its own errors, as loggers do. */
const listening = `
import { traced } from '@runtape/trace'
const later = ms => new Promise(resolve => setTimeout(resolve, ms))
process.on('unhandledRejection', ({ message }) => message === 'fatal' ? process.exit(3) : console.error('heard', message))
process.on('uncaughtException', ({ message }) => message === 'fatal' ? process.exit(3) : console.error('heard', message))
const goesOn = end => traced('support.answer', async ({ order }) => {
  if (order === 'A-1') end()
  await later(20)
  return order
})
export const rejects = goesOn(() => { Promise.reject(new Error('boom')) })
export const throws = goesOn(() => { setTimeout(() => { throw new Error('boom') }, 1) })
export const exits = goesOn(() => { setTimeout(() => { throw new Error('fatal') }, 1) })
export const exitsAtOnce = goesOn(() => { Promise.reject(new Error('fatal')) })
const jobs = []
setInterval(() => jobs.shift()?.(), 1).unref()
export const queued = goesOn(() => void jobs.push(() => { throw new Error('fatal') }))
`

let project: Project

beforeAll(async () => {
  project = await newProject()
  project.write('dying.js', dying)
  project.write('listening.js', listening)
  project.write('exits-at-once.js', `process.exit(0)`)
})

const replay = (name: string) =>
  project.runtape(['replay', `./dying.js#${name}`, '--reporter', 'pretty,junit', '--out', name])

describe('code that tries to end the process of the command', () => {
  test.each([
    ['exits', 'called process.exit(0), which ends a process. The item fails instead.'],
    ['reallyExits', 'called process.reallyExit(0), which ends a process. The item fails instead.'],
    // Captured by the module on load.
    ['savedExits', 'called process.exit(0), which ends a process. The item fails instead.'],
    ['never', 'waits for something that cannot happen'],
    ['timer', 'threw an error that nothing catches: boom, which ends a process.'],
  ])('%s: one item fails, and the reports are written', async (name, problem) => {
    const { code, stdout } = await replay(name)
    expect(stdout).toContain('4 replayed: 0 same, 3 changed, 1 failed')
    expect(stdout).toContain(problem)
    expect(readFileSync(join(project.folder, name, 'junit.xml'), 'utf8')).toContain(problem)
    expect(code).toBe(1)
  })

  test.each([
    ['queueExits', 'Outside any replayed item, code called process.exit(0).'],
    ['queueThrows', 'Outside any replayed item, code threw an error that nothing catches: boom.'],
  ])('%s: no item fails, but the command does', async (name, problem) => {
    const { code, stdout, stderr } = await replay(name)
    expect(stdout).toContain('4 replayed: 0 same, 4 changed')
    expect(stderr).toContain(problem)
    expect(code).toBe(1)
  })

  test.each([
    ['rejects', 'code rejected a promise that nothing handles: boom'],
    ['throws', 'code threw an error that nothing catches: boom'],
  ])('%s: a listener of the application receives the error, with a warning', async (name, what) => {
    const { code, stdout, stderr } = await project.runtape(['replay', `./listening.js#${name}`])
    expect(stdout).toContain('4 replayed: 0 same, 4 changed, 0 failed')
    expect(stderr).toContain('heard boom')
    expect(stderr).toContain(`${what}. A listener of the application handles it.`)
    expect(code).toBe(0)
  })

  test.each(['exits', 'exitsAtOnce'])('%s: a listener that ends the process fails the item', async name => {
    const { code, stdout } = await project.runtape(['replay', `./listening.js#${name}`])
    expect(stdout).toContain('4 replayed: 0 same, 3 changed, 1 failed')
    expect(stdout).toContain('called process.exit(3), which ends a process. The item fails instead.')
    expect(code).toBe(1)
  })

  test('a listener that ends the process outside any item fails the command', async () => {
    const { code, stdout, stderr } = await project.runtape(['replay', './listening.js#queued'])
    expect(stdout).toContain('4 replayed: 0 same, 4 changed, 0 failed')
    expect(stderr).toContain('Outside any replayed item, code called process.exit(3).')
    expect(code).toBe(1)
  })

  test('a module that ends the process on load', async () => {
    const { code, stderr } = await project.runtape(['replay', './exits-at-once.js#answer'])
    expect(stderr).toContain('called process.exit(0)')
    expect(code).toBe(2)
  })
})
