import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { RuntapeError } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import type { Scope } from '@runtape/store-http/wire'
import { type IssuedKey, issueKey } from '../access/issue-key.ts'
import type { KeyRing, StoredKey } from '../access/keys.ts'

/** Keys in a file, which several processes may share. */
export interface FileKeys extends KeyRing {
  list(): readonly StoredKey[]
  /** The key is returned once; the file keeps its hash only. */
  create(scopes: readonly Scope[], name?: string): Promise<IssuedKey>
  /** Whether there was such a key. It is refused from now on. */
  revoke(id: string): boolean
}

/**
 * The keys of a project in a file that only its owner can read. A change of another process is seen with the next request.
 *
 * @throws {RuntapeError} `invalid-config` from each method if the file is damaged. No key is accepted then.
 */
export function fileKeys(path: string): FileKeys {
  let read = { mark: '', keys: [] as readonly StoredKey[] }
  const list = (): readonly StoredKey[] => {
    const mark = markOf(path)
    if (mark !== read.mark) read = { mark, keys: mark === '' ? [] : readKeys(path) }
    return read.keys
  }
  return {
    list,
    create: async (scopes, name) => {
      const issued = await issueKey(scopes, name)
      writeKeys(path, [...list(), issued.stored])
      return issued
    },
    revoke: id => {
      const left = list().filter(key => key.id !== id)
      if (left.length === list().length) return false
      writeKeys(path, left)
      return true
    },
  }
}

/** Changes with the file; empty if there is none. */
function markOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true })
  return stat ? `${stat.ino} ${stat.mtimeNs} ${stat.size}` : ''
}

function readKeys(path: string): readonly StoredKey[] {
  try {
    const { keys } = JSON.parse(readFileSync(path, 'utf8')) as { readonly keys: readonly StoredKey[] }
    if (keys.every(isStoredKey)) return keys
  } catch (error) {
    throw damaged(path, messageOf(error))
  }
  throw damaged(path, 'a key has no id, hash or scopes')
}

const isStoredKey = ({ id, hash, scopes }: StoredKey): boolean =>
  typeof id === 'string' && /^[\da-f]{64}$/.test(hash) && Array.isArray(scopes)

const damaged = (path: string, reason: string): RuntapeError =>
  new RuntapeError(
    'invalid-config',
    `The key file ${path} cannot be read: ${reason}. Restore it, or remove it and create new keys with "runtape keys create".`,
  )

/** Other processes see the old file or the new one. */
function writeKeys(path: string, keys: readonly StoredKey[]): void {
  const part = `${path}.${randomBytes(6).toString('hex')}`
  writeFileSync(part, `${JSON.stringify({ keys }, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' })
  renameSync(part, path)
}
