// Ends the processes of items that the command has left behind: one that never yields does not see that it has ended.
import { createInterface } from 'node:readline'

const graceMs = 3000
const pids = new Set<number>()

// A terminal sends them to all processes of a command; this one goes by the end of the command.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {})

const lines = createInterface({ input: process.stdin })
lines.on('line', line => {
  const pid = Number(line)
  if (pid > 0) pids.add(pid)
  else pids.delete(-pid)
})
lines.on('close', () => {
  if (pids.size > 0) setTimeout(() => pids.forEach(kill), graceMs)
})

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
