/** The CPU time of the process in milliseconds, independent of other load on the machine. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
