import { StepFailed } from './process.mjs'

const AT_ONCE = 2

/**
 * Runs named steps, two at a time, and prints one line for each as it ends. A step that throws has failed;
 * its output follows once all are done. Resolves to the names of the failed steps.
 */
export async function runSteps(steps) {
  const waiting = [...steps]
  const failures = []
  const worker = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) await runStep(step, failures)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  for (const { name, output } of failures) console.log(`\n--- ${name} ---\n${output.trimEnd()}`)
  return failures.map(({ name }) => name)
}

async function runStep([name, work], failures) {
  const start = performance.now()
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`
  try {
    await work()
    console.log(`ok      ${name} (${seconds()})`)
  } catch (error) {
    failures.push({ name, output: error instanceof StepFailed ? error.output || error.message : error.stack })
    console.log(`FAILED  ${name} (${seconds()})`)
  }
}
