import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { capture } from './process.mjs'
import { fetchNode, nodeBinary, nodeCarrier } from './tools.mjs'

/** The program of a version of Node, fetched if it is missing. */
export async function nodeOfVersion(root, version) {
  const tool = { ...nodeCarrier(process.platform, process.arch), version }
  await fetchNode(root, tool, line => process.stderr.write(`${line}\n`))
  return nodeBinary(root, tool, process.platform)
}

/** Runs tests under a version of Node. Each result has its `status`, `title` and `ancestorTitles`. */
export async function testResults(root, nodeVersion, tests) {
  const node = await nodeOfVersion(root, nodeVersion)
  const folder = mkdtempSync(join(tmpdir(), 'runtape-support-'))
  const outputFile = join(folder, 'results.json')
  const env = { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) }
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const args = [vitest, 'run', ...tests, '--reporter=json', `--outputFile=${outputFile}`]
  const { output } = await capture(node, args, { cwd: root, env })
  try {
    const { testResults: files } = JSON.parse(readFileSync(outputFile, 'utf8'))
    return files.flatMap(({ assertionResults }) => assertionResults)
  } catch (cause) {
    throw new Error(`The tests could not be run under Node ${nodeVersion}:\n${output}`, { cause })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Writes the lines between the marks `<!-- support -->` of a file. */
export function markedTable(text, lines) {
  const table = /(<!-- support -->\n)[\s\S]*?(<!-- \/support -->)/
  if (!table.test(text)) throw new Error('There is no <!-- support --> … <!-- /support --> to write into.')
  return text.replace(table, `$1${lines.join('\n')}\n$2`)
}
