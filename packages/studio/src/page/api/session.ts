import { signal } from '@preact/signals'
import { send } from './ask.ts'

/** Whether the server knows no key of this browser. */
export const isSignedOut = signal(false)

/** Begins a session with a key, or with the one-time token of a link. */
export async function signIn(with_: { readonly key: string } | { readonly token: string }): Promise<void> {
  await send('POST', 'session', with_)
  isSignedOut.value = false
}

/** Uses the token in the fragment of the address, which no server and no log sees, and removes it. */
export async function redeemToken(): Promise<void> {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token === null) return
  history.replaceState(null, '', location.pathname + location.search)
  // A link that was used before: the browser may have a session already.
  await signIn({ token }).catch(() => {})
}
