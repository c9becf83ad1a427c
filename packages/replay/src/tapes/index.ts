export { tapeFiles } from './tape-store.ts'
export { exportTape } from './write-tape.ts'
