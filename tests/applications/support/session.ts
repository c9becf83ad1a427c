import { readdirSync } from 'node:fs'
import type { Application } from './application.ts'
import { startOutsideWorld } from './host.ts'
import { problemsOf } from './problems-of.ts'
import { closeTape } from './tape.ts'

const folder = new URL('../programs/', import.meta.url)

/** The names of all programs. */
export const programs: readonly string[] = readdirSync(folder)
  .filter(file => file.endsWith('.ts'))
  .map(file => file.slice(0, -'.ts'.length))

/** A process that tests programs one after the other, with one host and one tape. */
export interface Session {
  readonly problemsOf: (program: string) => Promise<unknown[]>
  readonly close: () => Promise<void>
}

export async function startSession(): Promise<Session> {
  const world = await startOutsideWorld()
  return {
    problemsOf: async program => {
      // Imported only now, so that its clients find the host in the environment.
      const { application } = (await import(new URL(`${program}.ts`, folder).href)) as {
        application: Application
      }
      return problemsOf(application, world)
    },
    close: async () => {
      await closeTape()
      await world.close()
    },
  }
}
