// Removes a temporary checkout when the command closes the pipe: when it is done, has ended or was killed.
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
  try {
    // Before git removes it: on Windows, git follows the links to installed packages and deletes those.
    rmSync(folder, { recursive: true, force: true })
  } catch {
    // A process still writes into it.
    return
  }
  try {
    execFileSync('git', ['worktree', 'remove', '--force', '--force', join(folder, 'code')], {
      cwd: top,
      stdio: 'ignore',
    })
  } catch {
    // Git forgets a worktree without a folder by itself.
  }
}
