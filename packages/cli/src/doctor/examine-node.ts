import { type Finding, fine, problem } from './finding.ts'

/** Whether Runtape supports this Node. */
export function examineNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 13)) return fine(`Node ${version}.`)
  return problem(
    `Node ${version} is too old for Runtape.`,
    'Use Node 22.13 or newer, for the application too.',
  )
}
