/** Why the command cannot run on this version of Node; undefined if it can. Same minimum as `engines`. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 13)) return undefined
  return `Node 22.13 or newer is required, and this is Node ${version}. Install a newer Node.`
}
