/** Why this cannot receive records one by one, with what to pass instead; `undefined` if it can. */
export function sinkProblem(sink: unknown): string | undefined {
  if (isStore(sink)) return 'the sink is a store, which takes lists. Pass { sink: createRecorder({ store }) }'
  if (typeof (sink as { append?: unknown } | undefined)?.append === 'function') return undefined
  return 'it needs a sink with an append method. Pass { sink: createRecorder({ store }) }'
}

/** Why this cannot be a recorder's store, with what to pass instead; `undefined` if it can. */
export function storeProblem(store: unknown): string | undefined {
  const { append, diagnostics } = (store ?? {}) as { append?: unknown; diagnostics?: unknown }
  if (typeof append !== 'function') return 'needs a store. Pass { store: sqliteStore("runtape.db") }'
  if (typeof diagnostics === 'function' && !isStore(store))
    return 'was given a recorder in place of a store. Pass the store that the recorder writes to'
  return undefined
}

/** A store answers queries; a sink does not. */
const isStore = (value: unknown): boolean =>
  typeof (value as { runs?: { usage?: unknown } } | undefined)?.runs?.usage === 'function'
