// Postgres refuses to run as root: then another user does.
import { execFileSync } from 'node:child_process'
import { chownSync, readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const isRoot = process.getuid?.() === 0

/** The user that runs the server, for `spawn`; created if necessary. */
export function serverUser() {
  if (!isRoot) return {}
  ensureUser()
  const idOf = flag => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}

/** Gives a folder and everything in it to the user of the server. */
export function giveTo({ uid, gid }, path) {
  if (uid === undefined) return
  chownSync(path, uid, gid)
  if (!statSync(path).isDirectory()) return
  for (const name of readdirSync(path)) giveTo({ uid, gid }, join(path, name))
}

/** A temporary folder that another user may enter. */
export function publicTemporary() {
  if (!isRoot) return tmpdir()
  const all = [tmpdir(), '/tmp', '/var/tmp']
  const found = all.find(isPublic)
  if (found === undefined)
    throw new Error(`Root's tests need a temporary folder that others may enter: ${all.join(', ')}`)
  return found
}

/** Whether another user than root may enter a folder. */
export function isPublic(path) {
  if (!isRoot) return true
  try {
    const isOpen = (statSync(path).mode & 0o001) !== 0
    return isOpen && (dirname(path) === path || isPublic(dirname(path)))
  } catch {
    return false
  }
}

/** Several processes may want to create the user at the same time. */
function ensureUser() {
  for (const [command, ...args] of [
    ['groupadd', '-f', 'postgres'],
    ['useradd', '-g', 'postgres', 'postgres'],
  ])
    try {
      execFileSync(command, args, { stdio: 'ignore' })
    } catch {
      // It exists already, or the server will report that it is missing.
    }
}
