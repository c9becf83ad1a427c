import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const home = fileURLToPath(new URL('..', import.meta.url))
const page = readFileSync(new URL('../../../docs/tape.md', import.meta.url), 'utf8')
const blocks = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
  language,
  text,
}))
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const strip = major === 22 && minor < 18 ? ['--experimental-strip-types'] : []

test('the program and the queries of docs/tape.md print the documented results', () => {
  const folder = newProject()
  const program = blocks.findIndex(({ text }) => text.includes("sqliteStore('tape.db')"))
  const queries = [...blocks.entries()].filter(([, { language }]) => language === 'sql')
  expect(queries.length).toBeGreaterThan(3)

  writeFileSync(join(folder, 'tape.ts'), blocks[program]?.text ?? '')
  const options = { cwd: folder, encoding: 'utf8' } as const
  const printed = execFileSync(process.execPath, ['--no-warnings', ...strip, 'tape.ts'], options)
  expect(printed).toBe(blocks[program + 1]?.text)

  const database = new DatabaseSync(join(folder, 'tape.db'), { readOnly: true })
  for (const [index, { text }] of queries) {
    const rows = database
      .prepare(text)
      .all()
      .map(row => `${Object.values(row).join('|')}\n`)
    expect(rows.join('')).toBe(blocks[index + 1]?.text)
  }
  database.close()
})

/** Creates what `npm install` of the packages on the page would create. */
function newProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-docs-'))
  const modules = join(folder, 'node_modules/@runtape')
  mkdirSync(modules, { recursive: true })
  for (const name of ['core', 'recorder', 'store-sqlite', 'trace'])
    symlinkSync(join(home, '..', name), join(modules, name))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  return folder
}
