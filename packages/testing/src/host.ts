export { type FakeHost, type HostRequest, type Reply, startFakeHost } from './host/fake-host.ts'
export { cut, cutBytes, inTurn, reset, send, sendAndBreak, sendAndHang } from './host/replies.ts'
