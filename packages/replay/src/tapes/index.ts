export type { TapeStoreOptions } from './tape-store.ts'
export { tapeStore } from './tape-store.ts'
export { exportTape } from './write-tape.ts'
