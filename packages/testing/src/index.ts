export { type FakeClock, fakeClock } from './fake-clock.ts'
export { memoryStore } from './memory-store.ts'
export { payload, runEvent, span, testTime } from './records.ts'
