type RealCrypto = Pick<typeof import('node:crypto'), 'randomBytes' | 'randomUUID'>

const slot = Symbol.for('runtape.real-crypto.1')
const globals = globalThis as { [slot]?: RealCrypto | undefined }

let loaded: RealCrypto | undefined

/** Random bytes and UUIDs for our own use, such as ids. Never from the seed of a deterministic call, which is on the tape. */
export function realCrypto(): RealCrypto {
  const replaced = globals[slot]
  if (replaced) return replaced
  // Loaded with the first id, not with the import: loading it takes longer than everything else here.
  loaded ??= process.getBuiltinModule('node:crypto')
  return loaded
}

/** Must be called by code that replaces them in `node:crypto`; pass `undefined` when the originals are restored. */
export function setRealCrypto(real: RealCrypto | undefined): void {
  globals[slot] = real
}
