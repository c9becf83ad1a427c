import { writeFileSync } from 'node:fs'

/** The variable that names the file for the stacks of errors outside every test, which vitest's JSON report leaves out. */
export const UNHANDLED_FILE = 'RUNTAPE_TEST_UNHANDLED'

/** A vitest reporter that writes these stacks as a JSON array. */
export default class UnhandledReporter {
  onTestRunEnd(_modules, errors) {
    const stacks = errors.map(error => String(error.stack || error.message))
    writeFileSync(process.env[UNHANDLED_FILE], JSON.stringify(stacks))
  }
}
