import { readFileSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

/** The variable with the file to which a test run writes its failures for its parent process. */
export const FAILURES_FILE = 'RUNTAPE_TEST_FAILURES'

const LINES_OF_ERROR = 8
const COLUMNS = 300

/**
 * The failures of a vitest JSON report, as lines to print: `file > title`, then the first lines of the error and where
 * it was thrown. `unhandled` are the stacks of errors outside every test. With the closing line they form the tail of a
 * log, which may be the only part that is stored.
 */
export function failureLines(report, unhandled, root) {
  const files = report?.testResults ?? []
  return [
    ...files.flatMap(file => failedTests(file, root)),
    ...files
      .filter(failedOutsideTests)
      .flatMap(file => named(`${relative(root, file.name)} (outside its tests)`, file.message)),
    ...unhandled.flatMap(stack => named('an error outside every test', stack)),
  ]
}

/** True for a file that failed although none of its tests did: it did not load, ended early, or a hook threw. */
export function failedOutsideTests(file) {
  return file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed')
}

/** Writes the lines for the parent process, if it requested them. */
export function handFailuresOn(lines, env) {
  if (env[FAILURES_FILE]) writeFileSync(env[FAILURES_FILE], lines.join('\n'))
}

/** The lines that a run wrote to `file`; `fallback` if it failed and wrote none. */
export function failuresHandedOn(file, { failed }, fallback) {
  const lines = readOrEmpty(file).split('\n').filter(Boolean)
  return lines.length === 0 && failed > 0 ? named(fallback, '') : lines
}

function failedTests(file, root) {
  return file.assertionResults
    .filter(test => test.status === 'failed')
    .flatMap(({ ancestorTitles, title, failureMessages }) => {
      const titles = [...ancestorTitles, title].filter(Boolean).join(' > ')
      return named(`${relative(root, file.name)} > ${titles}`, failureMessages[0] ?? '')
    })
}

function named(name, error) {
  return [`FAILED  ${name}`, ...firstLines(error).map(line => `        ${line.trimEnd().slice(0, COLUMNS)}`)]
}

/** The message and the stack's first frame in our own code. */
function firstLines(error) {
  const lines = stripVTControlCharacters(error).split('\n')
  const frames = lines.findIndex(line => /^\s+at /.test(line))
  const message = frames === -1 ? lines : lines.slice(0, frames)
  const ours = lines.find(line => /^\s+at /.test(line) && !/node_modules|node:internal/.test(line))
  return [...message.filter(line => line.trim()).slice(0, LINES_OF_ERROR), ...(ours ? [ours] : [])]
}

function readOrEmpty(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
