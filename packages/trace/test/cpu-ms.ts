/** What the process has computed until now, in milliseconds: other work of the machine does not change it. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
