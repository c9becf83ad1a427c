// Removes a temporary checkout when the command says so or has ended: it may have been killed.
import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const [, , top = '', folder = ''] = process.argv
// The processes of items end a little later than a command that was killed.
const againMs = 4000

// A terminal sends signals to all processes of a command; this process only follows the command's end.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {})

process.stdin.resume()
process.stdin.on('close', () => {
  remove()
  if (existsSync(folder)) setTimeout(remove, againMs)
})

function remove(): void {
  const checkout = join(folder, 'code')
  try {
    if (existsSync(checkout))
      execFileSync('git', ['worktree', 'remove', '--force', '--force', checkout], {
        cwd: top,
        stdio: 'ignore',
      })
  } catch {
    // The folder is removed below; git forgets the worktree then by itself.
  }
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    // A process still writes into it.
  }
}
