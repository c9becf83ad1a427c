import { messageOf } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'

const readyWithinMs = 2000

/** Whether every store answers, for `/readyz`. */
export async function readiness(projects: ReadonlyMap<string, { readonly store: Store }>): Promise<Response> {
  const states = await Promise.all(
    [...projects].map(async ([name, { store }]) => [name, await stateOf(store)] as const),
  )
  const isReady = states.every(([, state]) => state === 'ready')
  // Names and reasons are for the log: anyone may ask.
  for (const [name, state] of states)
    if (state !== 'ready') console.error(`runtape: the store of project "${name}" is not ready: ${state}`)
  return Response.json({ status: isReady ? 'ready' : 'not-ready' }, { status: isReady ? 200 : 503 })
}

async function stateOf(store: Store): Promise<string> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<string>(resolve => {
    timer = setTimeout(resolve, readyWithinMs, `no answer within ${readyWithinMs} ms`)
  })
  try {
    return await Promise.race([store.revision().then(() => 'ready', messageOf), late])
  } finally {
    clearTimeout(timer)
  }
}
