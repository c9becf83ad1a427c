// Kills item processes that the command left behind: one that never yields does not notice its end.
import { readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const graceMs = 3000
const command = process.ppid
const pids = new Set<number>()

// A terminal sends signals to all processes of a command; this process only follows the command's end.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {})

const lines = createInterface({ input: process.stdin })
lines.on('line', line => {
  const pid = Number(line)
  if (pid > 0) pids.add(pid)
  else hasEnded(-pid)
})
lines.on('close', () => {
  clean(command)
  if (pids.size > 0) setTimeout(endAll, graceMs)
})

function hasEnded(pid: number): void {
  pids.delete(pid)
  clean(pid)
}

function endAll(): void {
  for (const pid of pids) kill(pid)
  for (const pid of pids) clean(pid)
}

// A killed process leaves the folder for its children's calls: see `tellChildren`.
function clean(pid: number): void {
  for (const name of readdirSync(tmpdir()))
    if (name.startsWith(`runtape-outside-${pid}-`))
      rmSync(join(tmpdir(), name), { recursive: true, force: true })
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
