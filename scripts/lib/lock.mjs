import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 200
const OWNER_WRITES_WITHIN_MS = 5000

/** Runs `work` while no other process on this machine holds the lock folder `path`. */
export async function withLock(path, work, onWait = () => {}) {
  mkdirSync(dirname(path), { recursive: true })
  await acquire(path, onWait)
  try {
    return await work()
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}

async function acquire(path, onWait) {
  let told = false
  let nameless = 0
  while (!tryLock(path)) {
    const owner = ownerOf(path)
    // A folder without its owner's name is not a crash yet: the name is written a moment after the folder.
    nameless = owner === undefined ? nameless + POLL_MS : 0
    if (owner === undefined ? nameless > OWNER_WRITES_WITHIN_MS : !isAlive(owner)) {
      rmSync(path, { recursive: true, force: true })
      continue
    }
    if (!told) onWait(owner)
    told = true
    await sleep(POLL_MS)
  }
}

function tryLock(path) {
  try {
    mkdirSync(path)
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
  writeFileSync(join(path, 'pid'), String(process.pid))
  return true
}

function ownerOf(path) {
  try {
    return Number(readFileSync(join(path, 'pid'), 'utf8')) || undefined
  } catch {
    return undefined
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
