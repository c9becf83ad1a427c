export type { TapeFilesOptions } from './tape-store.ts'
export { tapeFiles } from './tape-store.ts'
export { exportTape } from './write-tape.ts'
