/** A server of its own, for tests that stop it. */
export interface EmbeddedServer {
  readonly connectionString: string
  log(): string
  kill(): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
  remove(): Promise<void>
}

export function startEmbedded(settings?: Readonly<Record<string, string>>): Promise<EmbeddedServer>
