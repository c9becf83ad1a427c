// For Node: a listening socket, and keys in a file.
export { type FileKeys, fileKeys } from './node/file-keys.ts'
export { type Listening, type ListenOptions, listen } from './node/listen.ts'
