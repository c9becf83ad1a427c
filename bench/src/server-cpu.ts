import { readdirSync, readFileSync } from 'node:fs'

/** The CPU time in milliseconds of a Postgres server and all its processes, also those that have ended. Linux only. */
export function serverCpuMs(postmaster: number): number {
  const own = statOf(postmaster)
  const children = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(name => statOf(Number(name)))
    .filter(stat => stat?.parent === postmaster)
  const ticks = [own?.ended ?? 0, own?.running ?? 0, ...children.map(child => child?.running ?? 0)]
  return ticks.reduce((sum, tick) => sum + tick, 0) * 10
}

interface Stat {
  readonly parent: number
  readonly running: number
  /** Of its children that have ended. */
  readonly ended: number
}

function statOf(pid: number): Stat | undefined {
  try {
    // The name in parentheses may contain spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ').map(Number) ?? []
    const [, parent = 0] = fields
    const [user = 0, system = 0, ofChildren = 0, inChildren = 0] = fields.slice(11, 15)
    return { parent, running: user + system, ended: ofChildren + inChildren }
  } catch {
    // It has just ended.
    return undefined
  }
}
