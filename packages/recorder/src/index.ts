export type { RecorderOptions } from './create-recorder.ts'
export { createRecorder } from './create-recorder.ts'
export type { RecorderDiagnostics } from './diagnostics.ts'
export type { Recorder, RecorderLimits } from './recorder.ts'
