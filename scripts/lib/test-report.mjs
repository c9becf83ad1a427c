import { failedOutsideTests } from './failures.mjs'

/**
 * The counts of a vitest JSON report. What failed without being a test counts as one failure each: a file
 * that did not load, a hook, an error outside every test, a run without a report or without any test; `reason` says
 * which of the latter.
 */
export function countTests(report, exitCode) {
  const tests = (report?.testResults ?? []).flatMap(file => file.assertionResults)
  const count = (...statuses) => tests.filter(test => statuses.includes(test.status)).length
  const counts = { passed: count('passed'), skipped: count('skipped', 'pending', 'todo', 'disabled') }
  const failed = count('failed') + (report?.testResults ?? []).filter(failedOutsideTests).length
  const reason = failed === 0 ? hiddenFailure(counts.passed, report, exitCode) : undefined
  return { ...counts, failed: reason ? 1 : failed, reason }
}

/** The one line that says how the run went. */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/** The counts in the closing line of a run; a run that ended without one, or in failure without saying so, is a failure. */
export function countsIn(lastLine, exitCode) {
  const found = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(lastLine)
  const [passed, failed, skipped] = (found ?? ['', '0', '0', '0']).slice(1).map(count => Number(count ?? 0))
  const isHidden = failed === 0 && (exitCode !== 0 || !found)
  return { passed, failed: isHidden ? 1 : failed, skipped }
}

/** The sum of several runs. */
export function addUp(runs) {
  const sum = name => runs.reduce((total, counts) => total + counts[name], 0)
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }
}

function hiddenFailure(passed, report, exitCode) {
  if (!report) return 'vitest ended without a report.'
  if (passed === 0) return 'No test ran.'
  if (exitCode !== 0)
    return `vitest ended with exit code ${exitCode}, though no test failed: see the errors above.`
}
