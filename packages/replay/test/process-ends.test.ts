import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const flags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
const child = fileURLToPath(new URL('dying-replay.ts', import.meta.url))
const run = (...args: string[]) =>
  spawnSync(process.execPath, [...flags, child, ...args], { encoding: 'utf8' })

test.each([
  ['timer', 'threw an error that nothing catches: in a timer'],
  ['immediate', 'threw an error that nothing catches: in an immediate'],
  ['tick', 'threw an error that nothing catches: in a tick'],
  ['microtask', 'threw an error that nothing catches: in a microtask'],
  ['stream', 'threw an error that nothing catches: of a stream'],
  ['emitter', 'threw an error that nothing catches: of an emitter'],
  ['rejection', 'rejected a promise that nothing handles: rejected'],
  [
    'read',
    "rejected a promise that nothing handles: ENOENT: no such file or directory, open '/no/such/file'",
  ],
  ['digest', 'rejected a promise that nothing handles: Unrecognized algorithm name'],
  ['turn', 'rejected a promise that nothing handles: The operation was aborted'],
  ['exit', 'called process.exit(3)'],
  ['imported', 'called process.exit(4)'],
  ['caught', 'called process.exit(5)'],
  ['abort', 'called process.abort()'],
  ['kill', 'sent SIGKILL to its own process'],
  // In the same turn as the answer.
  ['endsAndRejects', 'rejected a promise that nothing handles: beside the answer'],
  ['endsAndThrows', 'threw an error that nothing catches: beside the answer'],
])('%s: the item fails, the others continue, and there is a report', (way, what) => {
  const { stdout, stderr, status } = run(way)
  expect(stderr).toBe('')
  expect(stdout.split('\n').slice(0, 4)).toEqual([
    '1: fine',
    expect.stringMatching(
      `^2: In the replay of trace \\w{32} code ${what.replace(/[()]/g, '\\$&')}, which ends a process\\. The item fails instead\\.$`,
    ),
    '3: fine',
    '2 completed',
  ])
  expect(status).toBe(0)
})

test.each(['hang', 'callback'])(
  '%s: an item that waits for something that cannot happen fails, and says so',
  way => {
    const { stdout, status } = run(way)
    expect(stdout).toMatch(
      /^1: fine\n2: The replay of trace \w{32} waits for something that cannot happen: .*\n3: fine\n2 completed\n$/,
    )
    expect(status).toBe(0)
  },
)

test('an error after the end of an item belongs to it, and fails no other item', () => {
  const { stdout, status } = run('late')
  expect(stdout).toMatch(
    /^warned: In the replay of trace \w{32} code threw an error that nothing catches: late, which ends a process, after the item had ended\.$/m,
  )
  expect(stdout).toContain('1: fine\n2: threw an error that nothing catches: late\n3: fine\n3 completed')
  expect(status).toBe(0)
})

test.each([
  ['endsThenThrows', 'threw an error that nothing catches: soon after'],
  ['endsThenRejects', 'rejected a promise that nothing handles: soon after'],
])('%s: the same while the rest of the item is waited for', (way, what) => {
  const { stdout, status } = run(way)
  expect(stdout).toContain(`1: fine\n2: ${what}\n3: fine\n3 completed`)
  expect(stdout).toMatch(
    new RegExp(`^warned: .*${what}, which ends a process, after the item had ended`, 'm'),
  )
  expect(status).toBe(0)
})

test('other code in the process is not affected', () => {
  for (const [way, code] of [
    ['timer', 1],
    ['rejection', 1],
    ['exit', 3],
    ['imported', 4],
  ] as const)
    expect([way, run(way, 'stray').status]).toEqual([way, code])
})
