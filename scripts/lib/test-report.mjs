/**
 * The counts of a vitest JSON report. What failed without being a test counts as one failure each: a file
 * that did not load, a hook, an error outside every test, a run without a report or without any test.
 */
export function countTests(report, exitCode) {
  const tests = (report?.testResults ?? []).flatMap(file => file.assertionResults)
  const count = (...statuses) => tests.filter(test => statuses.includes(test.status)).length
  const reasons = (report?.testResults ?? [])
    .filter(failedOutsideTests)
    .map(file => `Failed outside its tests: ${file.name}`)
  const counts = {
    passed: count('passed'),
    skipped: count('skipped', 'pending', 'todo', 'disabled'),
    reasons,
  }
  let failed = count('failed') + reasons.length
  if (failed === 0) {
    const reason = hiddenFailure(counts.passed, report, exitCode)
    if (reason) reasons.push(reason)
    failed = reasons.length
  }
  return { ...counts, failed }
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

/** What several runs come to together. */
export function addUp(runs) {
  const sum = name => runs.reduce((total, counts) => total + counts[name], 0)
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }
}

function failedOutsideTests(file) {
  return file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed')
}

function hiddenFailure(passed, report, exitCode) {
  if (!report) return 'vitest ended without a report.'
  if (passed === 0) return 'No test ran.'
  if (exitCode !== 0)
    return `vitest ended with exit code ${exitCode}, though no test failed: see the errors above.`
}
