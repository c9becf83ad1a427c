import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { getClient } from './get-client.ts'

const sink = { append: () => {}, flush: async () => {}, close: async () => {} }
const flags = { evaluate: async (_key: string, _context: unknown, value: unknown) => ({ value }) as never }

test('getClient returns the same client for a name, and calls the options once', () => {
  let calls = 0
  const options = () => {
    calls++
    return { flags, sink }
  }
  expect(getClient('same', options)).toBe(getClient('same', options))
  expect(getClient('other', options)).not.toBe(getClient('same', options))
  expect(calls).toBe(2)
})

test.each([
  ['without a name', ['', () => ({ flags, sink })], /getClient needs a name/],
  ['with options that are no function', ['app', { flags, sink }], /getClient needs a function/],
  ['without flags', ['app', () => ({ sink })], /Cannot create a client/],
])('getClient is refused %s', (_, given, message) => {
  const call = getClient as (...given: unknown[]) => unknown
  expect(() => call(...given)).toThrow(
    expect.objectContaining({ code: 'invalid-option', message: expect.stringMatching(message) }),
  )
})

test('a module that is evaluated 50 times watches its file once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-client-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'ai-configs.json'), '{}')
  const ours = pathToFileURL(join(import.meta.dirname, '../dist/index.js')).href
  const sinkCode = '{ append() {}, async flush() {}, async close() {} }'
  const module = `import { fileFlags, getClient } from '${ours}'
    export const client = getClient('app', () => ({ flags: fileFlags('ai-configs.json'), sink: ${sinkCode} }))`
  writeFileSync(join(folder, 'runtape.mjs'), module)
  // Unreferenced handles are not listed by process.getActiveResourcesInfo, so the watches are counted as they start.
  const code = `import fs from 'node:fs'
    import { syncBuiltinESMExports } from 'node:module'
    const { watch } = fs
    let watches = 0
    fs.watch = (...args) => { watches++; return watch(...args) }
    syncBuiltinESMExports()
    const clients = new Set()
    for (let n = 0; n < 50; n++) clients.add((await import('./runtape.mjs?' + n)).client)
    console.log(watches, clients.size)`
  const args = ['--input-type=module', '--eval', code]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder })
  expect(stdout).toBe('1 1\n')
})
