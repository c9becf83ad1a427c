import { expect, test } from 'vitest'
import { applicationFiles, nodeFlags } from './application.ts'

test.each([
  ['22.13.0', true],
  ['22.17.1', true],
  ['22.18.0', false],
  ['24.21.0', false],
  ['26.10.0', false],
])('on Node %s the start script asks for types to be stripped: %s', (version, asks) => {
  expect(nodeFlags(version).includes('--experimental-strip-types')).toBe(asks)
})

test('secrets and records are kept out of the repository', () => {
  const files = applicationFiles('app', 'openai', 'file')
  const ignored = files.find(({ path }) => path === '.gitignore')?.text
  expect(ignored?.split('\n')).toEqual(expect.arrayContaining(['node_modules', 'runtape.db*', '.env']))
})
