import type { Scope } from '@runtape/store-http/wire'

/** A key as it is kept: its hash only. */
export interface StoredKey {
  /** Names the key in logs and lists. */
  readonly id: string
  /** SHA-256 of the key, in hexadecimal. */
  readonly hash: string
  /** `admin` includes all others. */
  readonly scopes: readonly Scope[]
  readonly name?: string
  /** Milliseconds since the Unix epoch. */
  readonly createdAt?: number
}

/** The keys of a project, read for every request: a revoked key ends at once. */
export interface KeyRing {
  list(): readonly StoredKey[] | Promise<readonly StoredKey[]>
}

export const allows = ({ scopes }: StoredKey, scope: Scope): boolean =>
  scopes.includes(scope) || scopes.includes('admin')

/** Takes the same time whatever the texts are, if they are equally long. */
export function isSameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let index = 0; index < a.length; index++)
    difference |= a.charCodeAt(index) ^ (b.charCodeAt(index) || 0)
  return difference === 0
}
