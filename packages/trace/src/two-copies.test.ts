import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

// Two installed copies of this package and its dependencies: one is imported, the other required.

const packages = fileURLToPath(new URL('../..', import.meta.url))
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'runtape-copies-'))
  for (const copy of ['imported', 'required']) {
    const scope = join(folder, copy, 'node_modules', '@runtape')
    mkdirSync(scope, { recursive: true })
    for (const name of ['core', 'trace']) {
      cpSync(join(packages, name, 'dist'), join(scope, name, 'dist'), { recursive: true })
      cpSync(join(packages, name, 'package.json'), join(scope, name, 'package.json'))
    }
    symlinkSync(join(packages, 'core/node_modules'), join(scope, 'core/node_modules'))
  }
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('two copies record one trace, and share the current span and trace', () => {
  const script = `
    import { createRequire } from 'node:module'
    import * as imported from './imported/node_modules/@runtape/trace/dist/index.js'
    const required = createRequire(import.meta.url)('./required/node_modules/@runtape/trace/dist/index.js')
    const spans = []
    imported.configureTracing({ sink: { append: span => void spans.push(span), flush: async () => {}, close: async () => {} } })
    const inner = imported.traced('inner', async () => {
      required.currentSpan().addTags('inner')
      imported.currentTrace().setSessionId('s-1')
      return required.injectTrace().traceparent
    })
    const middle = required.traced('middle', async () => { await null; return inner() })
    const outer = imported.traced('outer', () => middle())
    const secret = required.traced('secret', () => { imported.currentSpan().drop(); return inner() })
    const carried = await outer()
    await imported.traced('other', () => secret())()
    process.on('exit', () => {
      const of = key => spans.find(span => span.key === key)
      console.log(JSON.stringify({
        copies: imported.traced === required.traced ? 1 : 2,
        keys: spans.map(span => span.key + ' ' + span.status),
        traces: new Set(spans.map(span => span.traceId)).size,
        parents: [of('inner').parentSpanId === of('middle').spanId, of('middle').parentSpanId === of('outer').spanId],
        tags: of('inner').tags, session: of('outer').sessionId,
        carried: carried === '00-' + of('outer').traceId + '-' + of('inner').spanId + '-01',
      }))
    })
    required.traced('open', () => new Promise(() => {}))()
    imported.traced('open', () => new Promise(() => {}))()`
  const file = join(folder, 'script.mjs')
  writeFileSync(file, script)
  const printed = execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
    encoding: 'utf8',
  })
  expect(JSON.parse(printed)).toEqual({
    copies: 2,
    keys: [
      'inner ok',
      'middle ok',
      'outer ok',
      'secret unfinished',
      'other ok',
      'open unfinished',
      'open unfinished',
    ],
    traces: 4,
    parents: [true, true],
    tags: ['inner'],
    session: 's-1',
    carried: true,
  })
})
