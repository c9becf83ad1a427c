import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** What a process warns that imports the built package. */
async function warningsOf(program: string): Promise<string> {
  const imports = `import { configureTracing, traced } from '@runtape/trace'
    const sink = { append() {}, async flush() {}, async close() {} }
    const answer = traced('answer', question => question)`
  const args = ['--input-type=module', '--eval', `${imports}\n${program}`]
  return (await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname })).stderr
}

test('a traced function that is called before anyone configured tracing says so, once', async () => {
  const warnings = await warningsOf(`answer('a'); answer('b'); traced('other', () => 1)()`)
  expect(warnings).toBe(
    '[runtape] The traced function "answer" was called before tracing was configured, so it is not recorded. Call configureTracing({ sink: createRecorder({ store }) }) first, or configureTracing(undefined) to trace nothing.\n',
  )
})

test.each([
  ['tracing was configured', `configureTracing({ sink }); answer('a')`],
  ['tracing was turned off', `configureTracing(undefined); answer('a')`],
  [
    'tracing was configured and turned off',
    `configureTracing({ sink }); configureTracing(undefined); answer('a')`,
  ],
  ['nothing is called', `configureTracing`],
])('says nothing if %s', async (_, program) => {
  expect(await warningsOf(program)).toBe('')
})
