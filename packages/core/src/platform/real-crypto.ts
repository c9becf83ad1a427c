type RealCrypto = Pick<typeof import('node:crypto'), 'randomBytes' | 'randomUUID'>

const slot = Symbol.for('runtape.real-crypto.1')
const globals = globalThis as { [slot]?: RealCrypto | undefined }

let loaded: RealCrypto | undefined

/** Random bytes and UUIDs for what is ours, such as ids: never from the seed of a deterministic call, which is on the tape. */
export function realCrypto(): RealCrypto {
  const replaced = globals[slot]
  if (replaced) return replaced
  // With the first id, not with the import: loading it takes longer than loading everything else in here.
  loaded ??= process.getBuiltinModule('node:crypto')
  return loaded
}

/** To be told by who replaces them in `node:crypto`; `undefined` when they are the real ones again. */
export function setRealCrypto(real: RealCrypto | undefined): void {
  globals[slot] = real
}
