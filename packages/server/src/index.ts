export { hashOfKey, type IssuedKey, issueKey } from './access/issue-key.ts'
export type { KeyRing, StoredKey } from './access/keys.ts'
export { createServer, type Project, type RuntapeServer, type ServerOptions } from './create-server.ts'
export type { ServerLimits } from './limits.ts'
