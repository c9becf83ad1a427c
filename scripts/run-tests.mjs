// Runs the tests of the workspace once. Ends with what failed, and one line: `N passed, N failed`.
// Without arguments it skips the long ones (`*.long.test.ts`); `npm test -- --all` runs every test.
// Other arguments go to vitest, and then may select long ones too: `npm test -- packages/core -t token`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { failureLines, handFailuresOn } from './lib/failures.mjs'
import { runInFront } from './lib/process.mjs'
import { flagsFor } from './lib/tasks.mjs'
import { closingLine, countTests } from './lib/test-report.mjs'
import { UNHANDLED_FILE } from './unhandled-reporter.mjs'

const words = process.argv.slice(2).filter(word => word !== '--all')
const leavesLongOut = process.argv.length === 2

const root = fileURLToPath(new URL('..', import.meta.url))
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const scratch = mkdtempSync(join(tmpdir(), 'runtape-tests-'))
const reportFile = join(scratch, 'report.json')
// Hundreds of processes load the same modules.
const compiled = join(scratch, 'compiled')
const unhandledFile = join(scratch, 'unhandled.json')

const exitCode = await runInFront(
  process.execPath,
  [
    ...flagsFor(process.versions.node),
    vitest,
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
    `--reporter=${join(root, 'scripts', 'unhandled-reporter.mjs')}`,
    ...words,
  ],
  {
    cwd: root,
    env: {
      ...process.env,
      [UNHANDLED_FILE]: unhandledFile,
      NODE_COMPILE_CACHE: compiled,
      RUNTAPE_LONG_TESTS: leavesLongOut ? 'no' : 'yes',
    },
  },
)
const report = readJson(reportFile)
const counts = countTests(report, exitCode)
const failures = failureLines(report, readJson(unhandledFile) ?? [], root)
if (counts.reason) failures.push(`FAILED  ${counts.reason}`)
rmSync(scratch, { recursive: true, force: true, maxRetries: 5 })
handFailuresOn(failures, process.env)
for (const line of failures) console.log(line)
if (leavesLongOut) console.log('Left out: *.long.test.ts. npm test -- --all runs them, too.')
console.log(closingLine(counts))
process.exitCode = counts.failed > 0 ? 1 : 0

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
