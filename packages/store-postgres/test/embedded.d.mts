/** A server for tests. */
export interface EmbeddedServer {
  readonly connectionString: string
  readonly port: number
  /** The folder with its data. */
  readonly data: string
  log(): string
  /** Starts a server that was made by `newServer`. */
  start(): Promise<void>
  kill(): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
  /** Takes the data of a server that is stopped. */
  copyFrom(other: EmbeddedServer): void
  remove(): Promise<void>
}

export interface ServerPlace {
  /** The folder of the server's programs. Default: those from npm. */
  readonly bin?: string
  /** The folder in which it makes one for its data. */
  readonly folder?: string
  /** A folder for its data, instead of a new one. */
  readonly kept?: string
}

type Settings = Readonly<Record<string, string>>

export function startEmbedded(settings?: Settings, place?: ServerPlace): Promise<EmbeddedServer>
/** A server without data: `copyFrom` or another program puts some into `data` before it starts. */
export function newServer(settings?: Settings, place?: ServerPlace): Promise<EmbeddedServer>
