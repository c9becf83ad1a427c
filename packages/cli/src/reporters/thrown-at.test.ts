import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RuntapeError } from '@runtape/core'
import { expect, test } from 'vitest'
import { thrownAt } from './thrown-at.ts'

const thrown = Object.assign(new TypeError('x'), {
  stack: `TypeError: x\n    at answer (file://${join(process.cwd(), 'src/agent.ts')}:5:6)`,
})
const place = `TypeError at ${join('src', 'agent.ts')}:5:6`

test('an error is located by its class and the line in the application', () => {
  expect(thrownAt(thrown)).toEqual([place])
})

test('a process-end error is located where its cause was thrown', () => {
  expect(thrownAt(new RuntapeError('process-end', 'x', { cause: thrown }))).toEqual([place])
})

test('a missed call is located in the application, past Runtape and packages', () => {
  const error = new RuntapeError('replay-miss', 'Nothing on the tape …')
  const trace = fileURLToPath(import.meta.resolve('@runtape/trace'))
  error.stack = [
    'RuntapeError: Nothing on the tape …',
    `    at missError (file://${trace}:1:2)`,
    `    at send (${join(process.cwd(), 'node_modules/openai/index.js')}:3:4)`,
    '    at process.processTicksAndRejections (node:internal/process/task_queues:103:5)',
    `    at async answer (${join(process.cwd(), 'src/agent (1).ts')}:5:6)`,
  ].join('\n')
  expect(thrownAt(error)).toEqual([`at ${join('src', 'agent (1).ts')}:5:6`])
})

test.each([
  ['is not an error', 'boom'],
  ['has no stack', Object.assign(new Error('x'), { stack: undefined })],
  [
    'has a stack that throws',
    Object.defineProperty(new Error('x'), 'stack', {
      get: () => {
        throw new Error('no stack')
      },
    }),
  ],
  ['comes from another place', Object.assign(new Error('x'), { stack: 'Error: x\n    at <anonymous>' })],
])('a thrown value that %s has no location', (_, thrown) => {
  expect(thrownAt(thrown)).toEqual([])
})
