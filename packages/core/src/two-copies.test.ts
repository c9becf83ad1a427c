import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

// Two installed copies in one process: one imported, the other required, as a dependency of an application may do.

const home = fileURLToPath(new URL('..', import.meta.url))
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'runtape-copies-'))
  for (const copy of ['imported', 'required']) {
    cpSync(join(home, 'dist'), join(folder, copy, 'dist'), { recursive: true })
    cpSync(join(home, 'package.json'), join(folder, copy, 'package.json'))
    symlinkSync(join(home, 'node_modules'), join(folder, copy, 'node_modules'))
  }
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs `body` in a process that has both copies, and reads what it prints. */
function inBothCopies(body: string): unknown {
  const script = `
    import { createRequire } from 'node:module'
    import * as importedPublic from './imported/dist/index.js'
    import * as importedInternal from './imported/dist/internal.js'
    const require = createRequire(import.meta.url)
    const imported = { ...importedPublic, ...importedInternal }
    const required = { ...require('./required/dist/index.js'), ...require('./required/dist/internal.js') }
    console.log(JSON.stringify(await (async () => { ${body} })()))`
  const file = join(folder, 'script.mjs')
  writeFileSync(file, script)
  const warningless = '--disable-warning=ExperimentalWarning'
  return JSON.parse(execFileSync(process.execPath, [warningless, file], { encoding: 'utf8' }))
}

describe('two copies of the package in one process', () => {
  test('are two copies', () => {
    expect(inBothCopies('return imported.RuntapeError === required.RuntapeError')).toBe(false)
  })

  test('share the ambient frame in both directions, also after an await', () => {
    const seen = inBothCopies(`
      const frame = imported.spanFrame(undefined, { traceId: 't', spanId: 'outer', nextSeq: () => 0 })
      return imported.runInFrame(frame, async () => {
        await new Promise(resolve => setTimeout(resolve, 1))
        const outer = required.currentFrame()?.span.spanId
        const inner = required.spanFrame(required.currentFrame(), { traceId: 't', spanId: 'inner', nextSeq: () => 0 })
        return [outer, required.runInFrame(inner, () => imported.currentFrame().span.spanId)]
      })`)
    expect(seen).toEqual(['outer', 'inner'])
  })

  test("recognise each other's errors, unlike instanceof", () => {
    const known = inBothCopies(`
      const error = new required.InvalidTokenError('it is empty')
      return [error instanceof imported.RuntapeError, imported.RuntapeError.isInstance(error)]`)
    expect(known).toEqual([false, true])
  })

  test('never generate the same span id', () => {
    const ids = inBothCopies('return [imported.newSpanId(), required.newSpanId()]') as string[]
    expect(ids[0]).not.toBe(ids[1])
  })
})
