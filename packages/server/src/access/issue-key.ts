import type { Scope } from '@runtape/store-http/wire'
import type { StoredKey } from './keys.ts'

/** A new key. */
export interface IssuedKey {
  /** Show it once: the server keeps its hash only. */
  readonly key: string
  readonly stored: StoredKey
}

/**
 * Makes a key of 32 random bytes.
 *
 * @example
 * ```ts
 * import { issueKey } from '@runtape/server'
 *
 * const { key, stored } = await issueKey(['ingest'], 'checkout service')
 * console.log(key, stored.hash)
 * ```
 */
export async function issueKey(scopes: readonly Scope[], name?: string): Promise<IssuedKey> {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  const key = `rt_${base64Url(bytes)}`
  const id = crypto.randomUUID().slice(0, 8)
  const stored = { id, hash: await hashOfKey(key), scopes, createdAt: Date.now() }
  return { key, stored: { ...stored, ...(name !== undefined && { name }) } }
}

/** SHA-256 of a key, in hexadecimal. */
export async function hashOfKey(key: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key))
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('')
}

const base64Url = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
