import type { ItemTimers } from './item-timers.ts'

const channels = ['undici:request:create', 'http.client.request.start', 'net.client.socket'] as const

/** Notifies the item of each real request that its code sends. Returns the undo function. */
export function watchRequests(item: () => ItemTimers | undefined): () => void {
  const { subscribe, unsubscribe } = process.getBuiltinModule('node:diagnostics_channel')
  const onRequest = () => item()?.requestSent()
  for (const channel of channels) subscribe(channel, onRequest)
  return () => {
    for (const channel of channels) unsubscribe(channel, onRequest)
  }
}
