import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { nodeProblem } from './node-version.ts'

test.each(['18.20.0', '20.20.2', '21.7.3', '22.0.0', '22.12.9'])(
  'Node %s is too old, with a message',
  version => {
    expect(nodeProblem(version)).toBe(
      `Node 22.13 or newer is required, and this is Node ${version}. Install a newer Node.`,
    )
  },
)

test.each(['22.13.0', '22.21.1', '24.0.0', '26.10.0-nightly'])('Node %s is new enough', version => {
  expect(nodeProblem(version)).toBeUndefined()
})

test('the package.json requires the same version', () => {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  expect(JSON.parse(manifest).engines.node).toBe('>=22.13')
})
