import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const flags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
const child = fileURLToPath(new URL('rejecting-replay.ts', import.meta.url))
const run = (...args: string[]) =>
  spawnSync(process.execPath, [...flags, child, ...args], { encoding: 'utf8' })

test('an unhandled rejection in replayed code fails its item; outside it ends the process', () => {
  const { stdout, stderr, status } = run()
  // Rejections caused by the replay are in its report only.
  expect(stdout).toContain("miss [ '1: null, 1 missed', '2: null, 1 missed', '3: null, 1 missed' ]")
  expect(stdout).toMatch(
    /'2: In the replay of trace \w{32} code rejected a promise that nothing handles: oops, which ends a process\./,
  )
  expect(stdout).toContain("'1: null, 0 missed'")
  expect(stdout).not.toContain('still there')
  expect(stderr).toContain('Error: beside')
  expect(status).toBe(1)
})

test('an application that listens for such rejections handles them itself', () => {
  const { stdout, status } = run('listens')
  expect(stdout).toContain('heard of oops\n')
  expect(stdout).toContain('3 completed')
  expect(stdout).toContain('heard of beside\n')
  expect(stdout).toContain('still there')
  expect(status).toBe(0)
})
