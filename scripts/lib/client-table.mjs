import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { capture } from './process.mjs'

/** The test files with a group of tests named `client: <name> <version>`, from the root. */
export function clientTests(root) {
  return ['packages', 'tests']
    .flatMap(folder => testFiles(root, folder))
    .filter(file => saysClient(root, file))
}

function testFiles(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : testFiles(root, path)
    return entry.name.endsWith('.test.ts') ? [path] : []
  })
}

const saysClient = (root, file) =>
  /describe\S*\(\s*[`'"]client: /.test(readFileSync(join(root, file), 'utf8'))

/** The tests of these files, without running them: each has its `title` and `ancestorTitles`. */
export async function listTests(root, files) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const env = { ...process.env, RUNTAPE_LONG_TESTS: undefined }
  const { code, output } = await capture(
    process.execPath,
    [vitest, 'list', ...files, '--json', '--no-static-parse'],
    {
      cwd: root,
      env,
    },
  )
  const json = /^\[[\s\S]*^\]/m.exec(output)?.[0]
  if (code !== 0 || json === undefined) throw new Error(`The tests of clients cannot be listed:\n${output}`)
  return JSON.parse(json).map(({ name }) => {
    const [group, ...rest] = name.split(' > ')
    return { ancestorTitles: [group], title: rest.join(' > ') }
  })
}

/**
 * The table: a row for each client and version, with what arrives and what is lost.
 *
 * @param results each must have passed if it has a `status`
 */
export function clientTable(results) {
  const rows = new Map()
  for (const result of results) {
    const [, name, version] = /^client: (.+?) (v?\d.*)$/.exec(result.ancestorTitles[0]) ?? []
    const [, kind, text] = /^(arrives|lost): (.+)$/s.exec(result.title) ?? []
    if (name === undefined || kind === undefined) continue
    requirePassed(result)
    const row = rows.get(`${name} ${version}`) ?? { name, version, arrives: [], lost: [] }
    rows.set(`${name} ${version}`, row)
    row[kind].push(text)
  }
  return [
    '| client | version | what arrives | what is lost |',
    '|---|---|---|---|',
    ...sorted(rows).map(lineOf),
  ]
}

function requirePassed({ status, ancestorTitles, title }) {
  if (status === undefined || status === 'passed') return
  throw new Error(
    `The table would promise what a test does not show (${status}): ${ancestorTitles.join(' > ')} > ${title}`,
  )
}

function sorted(rows) {
  const order = new Intl.Collator('en', { numeric: true, sensitivity: 'base' }).compare
  return [...rows.values()].sort((a, b) => order(a.name, b.name) || order(a.version, b.version))
}

function lineOf({ name, version, arrives, lost }) {
  const cell = texts => (texts.length === 0 ? '–' : texts.map(text => text.replaceAll('|', '\\|')).join('; '))
  return `| ${name} | ${version} | ${cell(arrives)} | ${cell(lost)} |`
}
