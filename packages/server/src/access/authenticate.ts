import { HttpError } from '../http-error.ts'
import type { Project } from '../projects.ts'
import { hashOfKey } from './issue-key.ts'
import { isSameText, type StoredKey } from './keys.ts'

/** Who sends a request. */
export interface Caller {
  readonly project: Project
  readonly key: StoredKey
}

/**
 * Finds the project of the request's key: `Bearer <key>`, the key alone, as SDKs of LaunchDarkly send it, or the key as the password
 * of `Basic`, as Langfuse's send their secret key.
 *
 * @throws {HttpError} 401
 */
export async function authenticate(
  projects: readonly Project[],
  authorization: string | null,
): Promise<Caller> {
  const key = /^(?:Bearer )?([\x21-\x7e]{1,200})$/i.exec(passwordOf(authorization ?? ''))?.[1]
  if (key === undefined) throw unauthorized('has no key. Send "Authorization: Bearer <key>"')
  const hash = await hashOfKey(key)
  let found: Caller | undefined
  // All of them, so that the time says nothing about the position of a key.
  for (const project of projects)
    for (const stored of await project.keys.list())
      if (isSameText(stored.hash, hash)) found = { project, key: stored }
  if (found) return found
  throw unauthorized('has a key that this server does not know. It may have been revoked; create a new one')
}

/** The password of `Basic`; all else unchanged. */
function passwordOf(authorization: string): string {
  const encoded = /^Basic ([\w+/=-]{1,800})$/i.exec(authorization)?.[1]
  if (encoded === undefined) return authorization
  try {
    const text = atob(encoded)
    return text.slice(text.indexOf(':') + 1)
  } catch {
    return ''
  }
}

const unauthorized = (problem: string): HttpError =>
  new HttpError(401, 'unauthorized', `The request ${problem}.`)
