import { expect, test } from 'vitest'
import { commandLine } from './command-line.ts'

test('a command can be typed again', () => {
  expect(commandLine(['replay', './src/agent.ts#answer', '--description', "it's polite"])).toBe(
    "runtape replay ./src/agent.ts#answer --description 'it'\\''s polite'",
  )
})

test('secrets of a command are not kept', () => {
  expect(commandLine(['replay', '--store', 'postgres://ada:hunter2secret@host/db'])).not.toContain(
    'hunter2secret',
  )
  expect(
    commandLine(['replay', '--description', 'sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCDEF']),
  ).not.toContain('abcdefghijkl')
})
